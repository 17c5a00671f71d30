package main

import (
	"fmt"
	"os"
	"strconv"
)

//go:noinline
func identity(x int) int { return x }

func main() {
	n := 5000000
	if len(os.Args) > 1 {
		n, _ = strconv.Atoi(os.Args[1])
	}
	total := 0
	for i := 0; i < n; i++ {
		total += identity(i)
	}
	fmt.Println(total)
}
