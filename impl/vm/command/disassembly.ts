import { decode } from '../../../spec/machine/decode.ts'
import { fetchWord } from '../../../spec/machine/program.ts'
import { disassemble } from '../disassemble.ts'
import type { Executable } from '../elf.ts'
import type { CodeSymbol, Listing } from '../listing.ts'

const hexWord = (word: number): string => word.toString(16).padStart(8, '0')

/** Where an instruction at `pc` may jump to, as far as its word says. */
const targetOf = (word: number, pc: number): number | undefined => {
  const instruction = decode(word)
  return instruction.kind === 'branch' || instruction.kind === 'jal'
    ? (pc + instruction.immediate) >>> 0
    : undefined
}

/** ` <name>` or ` <name+0x8>`, after the last symbol at or before the address; nothing where there is none. */
const placeName = (symbols: readonly CodeSymbol[], address: number): string => {
  let [low, high] = [0, symbols.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (symbols[middle]!.address <= address) low = middle + 1
    else high = middle
  }
  const last = symbols[low - 1]
  if (last === undefined) return ''
  // Of several names of one place, the first.
  const { name } = symbols.find((symbol) => symbol.address === last.address)!
  return last.address === address ? ` <${name}>` : ` <${name}+0x${(address - last.address).toString(16)}>`
}

/** A line for each word of the code: address, word, assembly; and one for each symbol, before the word that it names. */
export function* disassembly({ code }: Executable, { stretches, symbols }: Listing): Generator<string> {
  let next = 0
  for (const [from, to] of stretches) {
    while (next < symbols.length && symbols[next]!.address < from) next++
    for (let pc = from - (from % 4); pc < to; pc += 4) {
      for (; next < symbols.length && symbols[next]!.address < pc + 4; next++)
        yield `${hexWord(symbols[next]!.address)} <${symbols[next]!.name}>:`
      const word = fetchWord(code, pc)!
      const target = targetOf(word, pc)
      const place = target === undefined ? '' : placeName(symbols, target)
      yield `${hexWord(pc)}:  ${hexWord(word)}  ${disassemble(word, pc)}${place}`
    }
  }
}
