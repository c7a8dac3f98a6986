import { endWhereNobodyReads } from '../closedOutput.ts'
import { publishedCommand } from './command.ts'

endWhereNobodyReads()
process.exitCode = publishedCommand(process.argv.slice(2), { out: console.log, error: console.error })
