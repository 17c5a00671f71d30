package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
)

func leaf(n int) int {
	for i := 0; i < n; i++ {
		runtime.Gosched()
	}
	return n
}

func link(depth, n int) int {
	if depth == 0 {
		return leaf(n)
	}
	return link(depth-1, n)
}

func main() {
	n := 150000
	if len(os.Args) > 1 {
		n, _ = strconv.Atoi(os.Args[1])
	}
	runtime.GOMAXPROCS(1)
	fmt.Println(link(100, n))
}
