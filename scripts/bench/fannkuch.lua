local function fannkuch(n)
  local perm, flipped, counters = {}, {}, {}
  for i = 0, n - 1 do perm[i], flipped[i], counters[i] = i, i, 0 end
  local most, checksum, number, left = 0, 0, 0, n
  while true do
    while left > 1 do
      counters[left - 1] = left
      left = left - 1
    end
    for i = 0, n - 1 do flipped[i] = perm[i] end
    local flips, first = 0, flipped[0]
    while first ~= 0 do
      local low, high = 0, first
      while low < high do
        flipped[low], flipped[high] = flipped[high], flipped[low]
        low, high = low + 1, high - 1
      end
      flips = flips + 1
      first = flipped[0]
    end
    if flips > most then most = flips end
    if number % 2 == 0 then checksum = checksum + flips else checksum = checksum - flips end
    while true do
      if left == n then return checksum, most end
      first = perm[0]
      for i = 0, left - 1 do perm[i] = perm[i + 1] end
      perm[left] = first
      counters[left] = counters[left] - 1
      if counters[left] > 0 then break end
      left = left + 1
    end
    number = number + 1
  end
end

local checksum, most = fannkuch(tonumber(arg[1]) or 9)
print(checksum .. " " .. most)
