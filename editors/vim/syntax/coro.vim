" Coro's syntax is Python's; what is its own: asyncio's names are builtins.
if exists('b:current_syntax')
  finish
endif
runtime! syntax/python.vim
unlet! b:current_syntax

syn keyword coroFunction all_tasks as_completed create_subprocess_exec create_subprocess_shell
syn keyword coroFunction create_task current_task ensure_future gather get_event_loop get_running_loop
syn keyword coroFunction iscoroutine iscoroutinefunction isfuture new_event_loop open_connection run
syn keyword coroFunction run_coroutine_threadsafe set_event_loop shield sleep start_server subprocess
syn keyword coroFunction timeout timeout_at to_thread wait wait_for
syn keyword coroClass Barrier BoundedSemaphore Condition Event Future IncompleteReadError LifoQueue
syn keyword coroClass LimitOverrunError Lock PriorityQueue Queue QueueEmpty QueueFull Runner Semaphore
syn keyword coroClass StreamReader StreamWriter Task TaskGroup
syn keyword coroConstant ALL_COMPLETED FIRST_COMPLETED FIRST_EXCEPTION
" x.wait() is no builtin; nor is the name of a function that is being defined.
syn match coroAttribute /\.\s*\h\w*/hs=s+1 transparent contains=NONE
syn match coroAllow /coro:\s*allow\s.*/ contained containedin=pythonComment

hi def link coroFunction Function
hi def link coroClass Structure
hi def link coroConstant Constant
hi def link coroAllow SpecialComment

let b:current_syntax = 'coro'
