local Counter = {}
Counter.__index = Counter

function Counter.new() return setmetatable({value = 0}, Counter) end

function Counter:add(amount)
  self.value = self.value + amount
  return self
end

function Counter:get() return self.value end

local counter, total = Counter.new(), 0
for _ = 1, tonumber(arg[1]) or 5000000 do total = total + counter:add(1):get() end
print(string.format("%.0f", total))
