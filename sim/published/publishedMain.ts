import { publishedCommand } from './command.ts'

process.exitCode = publishedCommand(process.argv.slice(2), { out: console.log, error: console.error })
