-- The same with an _ENV that is a variable: an ordinary error, and nothing is read where it must not.
local code = {}
for i = 1, 190 do code[i] = "local a" .. i .. " <const> = 1\n" end
code[#code + 1] = "local _ENV = 1\nX = 1\n"
local f = load(table.concat(code))
print(coroutine.resume(coroutine.create(f)))
