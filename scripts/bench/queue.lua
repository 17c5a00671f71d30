local loop = require "loop"
local n = tonumber(arg[1]) or 300000

local Queue = {}
Queue.__index = Queue

function Queue.new(places)
  return setmetatable({places = places, items = {}, first = 1, last = 0, getters = {},
                       putters = {}}, Queue)
end

function Queue:put(item)
  while self.last - self.first + 1 >= self.places do
    self.putters[#self.putters + 1] = coroutine.running()
    coroutine.yield()
  end
  self.last = self.last + 1
  self.items[self.last] = item
  local waiter = table.remove(self.getters, 1)
  if waiter then loop.start(waiter) end
end

function Queue:get()
  while self.first > self.last do
    self.getters[#self.getters + 1] = coroutine.running()
    coroutine.yield()
  end
  local item = self.items[self.first]
  self.items[self.first] = nil
  self.first = self.first + 1
  local waiter = table.remove(self.putters, 1)
  if waiter then loop.start(waiter) end
  return item
end

local queue, total = Queue.new(10), 0
loop.spawn(function()
  for i = 0, n - 1 do queue:put(i) end
  queue:put(false)
end)
loop.spawn(function()
  local item = queue:get()
  while item do
    total = total + item
    item = queue:get()
  end
  print(string.format("%.0f", total))
end)
loop.run()
