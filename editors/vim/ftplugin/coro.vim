" Comments, indentation by four, and :make, which fills the quickfix list with what `coro check` tells.
if exists('b:did_ftplugin')
  finish
endif
let b:did_ftplugin = 1

setlocal comments=b:#,fb:- commentstring=#\ %s
setlocal expandtab shiftwidth=4 softtabstop=4 tabstop=8
setlocal suffixesadd=.coro
compiler coro

let b:undo_ftplugin = 'setlocal comments< commentstring< expandtab< shiftwidth< softtabstop< tabstop<'
      \ . ' suffixesadd< makeprg< errorformat<'
