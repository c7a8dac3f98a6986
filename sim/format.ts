import type { Seconds } from '../spec/game/clocks.ts'

const WEI_DECIMALS = 18

export const MINUS = '−'

/** Whole numbers with thousands separated. */
export const count = (value: number | bigint): string => value.toLocaleString('en').replace('-', MINUS)

/** Wei as ETH, exact, without trailing zeros. */
export const ether = (wei: bigint): string => {
  const magnitude = wei < 0n ? -wei : wei
  const digits = magnitude.toString().padStart(WEI_DECIMALS + 1, '0')
  const fraction = digits.slice(-WEI_DECIMALS).replace(/0+$/, '')
  const whole = count(BigInt(digits.slice(0, -WEI_DECIMALS)))
  return `${wei < 0n ? MINUS : ''}${whole}${fraction && `.${fraction}`}`
}

/** A difference as text, which has its sign already where it is negative. */
export const signed = (difference: bigint, text: string): string => (difference > 0n ? `+${text}` : text)

/** Chain time, whose unit is the whole second. */
export const duration = (seconds: Seconds): string => {
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const
  const shown = parts.filter(([amount]) => amount !== 0)
  return shown.length === 0 ? '0 s' : shown.map(([amount, unit]) => `${count(amount)} ${unit}`).join(' ')
}

/** A 32-bit word. */
export const word = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, '0')}`

/** Steps `first` to `first + length - 1`. */
export const range = (first: number, length: number): string =>
  length === 1 ? count(first) : `${count(first)}–${count(first + length - 1)}`
