import fc from 'fast-check'

/** One seed decides every random test; `OPML_SEED=… npm test` plays another one. */
fc.configureGlobal({ seed: Number(process.env['OPML_SEED'] ?? 20260701) })
