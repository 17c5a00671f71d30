-- A loop for coroutines: a FIFO of what is ready, a heap of those asleep by the time they wake.
local loop = {}
local ready, first, last = {}, 1, 0
local heap, size = {}, 0
local clock = os.clock
local create, resume, yield = coroutine.create, coroutine.resume, coroutine.yield

local function push(co)
  last = last + 1
  ready[last] = co
end

function loop.spawn(f, ...)
  local args = {...}
  local unpack = table.unpack or unpack
  push(create(function() f(unpack(args)) end))
end

function loop.start(co) push(co) end

function loop.yield()
  last = last + 1
  ready[last] = coroutine.running()
  yield()
end

function loop.sleep(seconds)
  local when, co = clock() + seconds, coroutine.running()
  size = size + 1
  local at = size
  while at > 1 do
    local parent = (at - at % 2) / 2
    if heap[parent][1] <= when then break end
    heap[at] = heap[parent]
    at = parent
  end
  heap[at] = {when, co}
  yield()
end

local function pop()
  local top, moved = heap[1], heap[size]
  heap[size] = nil
  size = size - 1
  if size > 0 then
    local at = 1
    while true do
      local child = at * 2
      if child > size then break end
      if child < size and heap[child + 1][1] < heap[child][1] then child = child + 1 end
      if moved[1] <= heap[child][1] then break end
      heap[at] = heap[child]
      at = child
    end
    heap[at] = moved
  end
  return top[2]
end

function loop.run()
  while first <= last or size > 0 do
    if size > 0 then
      local now = clock()
      while size > 0 and heap[1][1] <= now do push(pop()) end
    end
    for i = first, last do
      local co = ready[i]
      ready[i] = nil
      first = i + 1
      local ok, message = resume(co)
      if not ok then error(message) end
    end
  end
end

return loop
