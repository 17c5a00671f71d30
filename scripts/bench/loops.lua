local function by_for(n)
  local total = 0
  for i = 0, n - 1 do total = (total + i) % 1000007 end
  return total
end

local function by_while(n)
  local total, i = 0, 0
  while i < n do
    total = (total + i) % 1000007
    i = i + 1
  end
  return total
end

local half = math.floor((tonumber(arg[1]) or 24000000) / 2)
print(by_for(half) .. " " .. by_while(half))
