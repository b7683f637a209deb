-- Registers are numbered after compile-time constants here, so the read lies behind the stack.
local code = {}
for i = 1, 190 do code[i] = "local a" .. i .. " <const> = 1\n" end
code[#code + 1] = "local _ENV <const> = 1\nX = 1\n"
local f = load(table.concat(code))
print(coroutine.resume(coroutine.create(f)))
