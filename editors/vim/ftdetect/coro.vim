autocmd BufNewFile,BufRead *.coro setfiletype coro
autocmd BufNewFile,BufRead * if getline(1) =~# '^#!.*\<coro\>' | setfiletype coro | endif
