import { loadGuestFile, runGuest } from './runGuest.ts'

/** One run in a process of its own, in which nothing was executed before. Prints `GuestRun` as JSON. */
console.log(JSON.stringify(runGuest(loadGuestFile(process.argv[2]!))))
