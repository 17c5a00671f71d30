package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
)

func main() {
	n := 1000000
	if len(os.Args) > 1 {
		n, _ = strconv.Atoi(os.Args[1])
	}
	runtime.GOMAXPROCS(1)
	var group sync.WaitGroup
	total := 0
	for t := 0; t < 2; t++ {
		group.Add(1)
		go func() {
			for i := 0; i < n/2; i++ {
				runtime.Gosched()
			}
			total += n / 2
			group.Done()
		}()
	}
	group.Wait()
	fmt.Println(total)
}
