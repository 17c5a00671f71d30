package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
)

func main() {
	n := 300000
	if len(os.Args) > 1 {
		n, _ = strconv.Atoi(os.Args[1])
	}
	runtime.GOMAXPROCS(1)
	queue := make(chan int, 10)
	go func() {
		for i := 0; i < n; i++ {
			queue <- i
		}
		close(queue)
	}()
	total := 0
	for item := range queue {
		total += item
	}
	fmt.Println(total)
}
