package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
)

func node(level int) int {
	if level == 0 {
		runtime.Gosched()
		return 1
	}
	var group sync.WaitGroup
	results := [6]int{}
	group.Add(6)
	for i := 0; i < 6; i++ {
		go func(i int) {
			results[i] = node(level - 1)
			group.Done()
		}(i)
	}
	group.Wait()
	total := 0
	for _, value := range results {
		total += value
	}
	return total
}

func main() {
	levels := 6
	if len(os.Args) > 1 {
		levels, _ = strconv.Atoi(os.Args[1])
	}
	runtime.GOMAXPROCS(1)
	fmt.Println(node(levels))
}
