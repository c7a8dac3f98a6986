/** The renderer of the report's diagrams uses the system's Chromium; nothing is downloaded. */
module.exports = { skipDownload: true, executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium' }
