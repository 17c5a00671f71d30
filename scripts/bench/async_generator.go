package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
)

func main() {
	n := 4000000
	if len(os.Args) > 1 {
		n, _ = strconv.Atoi(os.Args[1])
	}
	runtime.GOMAXPROCS(1)
	items := make(chan int)
	go func() {
		for i := 0; i < n; i++ {
			items <- i
		}
		close(items)
	}()
	total := 0
	for i := range items {
		total += i
	}
	fmt.Println(total)
}
