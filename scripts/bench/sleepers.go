package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"
)

func main() {
	n := 1000000
	if len(os.Args) > 1 {
		n, _ = strconv.Atoi(os.Args[1])
	}
	runtime.GOMAXPROCS(1)
	var group sync.WaitGroup
	group.Add(n)
	for i := 0; i < n; i++ {
		seconds := 0.5 + float64(i*7919%n)/float64(n)/2
		go func() {
			time.Sleep(time.Duration(seconds * 1e9))
			group.Done()
		}()
	}
	group.Wait()
	fmt.Println(n)
}
