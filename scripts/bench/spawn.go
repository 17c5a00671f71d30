package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
)

const batch = 10000

func main() {
	n := 200000
	if len(os.Args) > 1 {
		n, _ = strconv.Atoi(os.Args[1])
	}
	runtime.GOMAXPROCS(1)
	total := 0
	for b := 0; b < n/batch; b++ {
		var group sync.WaitGroup
		results := make([]int, batch)
		group.Add(batch)
		for i := 0; i < batch; i++ {
			go func(i int) {
				results[i] = i % 7
				group.Done()
			}(i)
		}
		group.Wait()
		for _, value := range results {
			total += value
		}
	}
	fmt.Println(total)
}
