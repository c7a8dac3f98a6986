import { endWhereNobodyReads } from '../closedOutput.ts'
import { populationsCommand } from './command.ts'

endWhereNobodyReads()
process.exitCode = await populationsCommand(process.argv.slice(2))
