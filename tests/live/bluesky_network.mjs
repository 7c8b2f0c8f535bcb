// A network of its own: directory, personal data server (with its limits on), AppView. Says its addresses, then waits.
import { createRequire } from 'node:module'

const require = createRequire(process.argv[2] + '/')
const { TestNetwork, mockMailer } = require('@atproto/dev-env')
const network = await TestNetwork.create({
  dbPostgresSchema: 'live',
  pds: { enableDidDocWithSession: true, rateLimitsEnabled: true },
})
if (mockMailer) mockMailer(network.pds)
console.log('LIVE ' + JSON.stringify({ pds: network.pds.url, appview: network.bsky.url }))
process.on('SIGTERM', () => process.exit(0))
