" :make checks the file.
if exists('current_compiler')
  finish
endif
let current_compiler = 'coro'
CompilerSet makeprg=coro\ check\ --diagnostics=short\ %:S
CompilerSet errorformat=%f:%l:%c:\ %m
