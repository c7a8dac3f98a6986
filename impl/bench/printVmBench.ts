import { type GuestFigures, hasQemu, measureVm } from './vmBench.ts'

const rounded = (value: number | undefined, digits: number): string =>
  value === undefined ? '-' : value.toFixed(digits)

const COLUMNS: readonly {
  readonly title: string
  readonly text: (figures: GuestFigures) => string
}[] = [
  { title: 'guest', text: ({ name }) => name },
  { title: 'instructions', text: ({ instructions }) => instructions.toLocaleString('en') },
  { title: 'MIPS warm', text: ({ mips }) => rounded(mips, 0) },
  { title: 'cold', text: ({ coldMips }) => rounded(coldMips, 0) },
  { title: 'qemu', text: ({ qemuMips }) => rounded(qemuMips, 0) },
  { title: 'x qemu warm', text: ({ ratioWarm }) => rounded(ratioWarm, 2) },
  { title: 'cold', text: ({ ratioCold }) => rounded(ratioCold, 2) },
]

const WIDTHS = [12, 14, 10, 6, 6, 12, 6]

const line = (texts: readonly string[]): string =>
  texts.map((text, i) => (i === 0 ? text.padEnd(WIDTHS[i]!) : text.padStart(WIDTHS[i]!))).join(' ')

/** Measures the machine and prints the figures. */
export const printVmBench = (json: boolean): void => {
  if (!hasQemu()) console.error('qemu-riscv32 is not installed (Debian: qemu-user): no ratios')
  if (json) {
    console.log(JSON.stringify(measureVm(() => {})))
    return
  }
  console.log(line(COLUMNS.map(({ title }) => title)))
  const figures = measureVm((guest) => console.log(line(COLUMNS.map(({ text }) => text(guest)))))
  const { geomeanWarm, keccakPerSecond, seek, mnistMillis } = figures
  console.log(`geometric mean, warm: ${rounded(geomeanWarm, 2)} x qemu`)
  console.log(`keccak of 64-byte nodes: ${(keccakPerSecond / 1e6).toFixed(2)} million a second`)
  console.log(
    `state at a random instruction of ${seek.guest} (${seek.instructions.toLocaleString('en')}): ` +
      `median ${seek.median.toFixed(1)} ms, longest ${seek.longest.toFixed(1)} ms`,
  )
  console.log(`MNIST in the machine, warm: ${mnistMillis.toFixed(1)} ms`)
}
