local function adder(start)
  local total = start
  return function(amount)
    total = total + amount
    return total
  end
end

local checksum = 0
for i = 0, (tonumber(arg[1]) or 5000000) / 10 - 1 do
  local add = adder(i)
  for j = 0, 9 do checksum = checksum + add(j) end
end
print(string.format("%.0f", checksum))
