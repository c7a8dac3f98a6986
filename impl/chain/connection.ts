import { FetchRequest, isError, type JsonRpcPayload, JsonRpcProvider, type JsonRpcResult } from 'ethers'

/** A chain that cannot be worked with: it does not answer, or mines nothing, or lacks what is asked of it. */
export class ChainUnreachable extends Error {
  override readonly name = 'ChainUnreachable'
  /** By this the library knows that there is nothing to wait for: without it, it asks for a lost call for ever. */
  readonly code = 'NETWORK_ERROR'
}

export interface Patience {
  /** How long a chain may take to say that it is there. */
  readonly connectMilliseconds: number
  /** How long it may take to answer any request afterwards. */
  readonly answerMilliseconds: number
}

const PATIENCE: Patience = { connectMilliseconds: 5_000, answerMilliseconds: 20_000 }

const MOST_SHOWN_CHARACTERS = 200

/** What the node or the connection says of a failure, on one line. */
export const reasonOf = (error: unknown): string => {
  const {
    error: said,
    info,
    shortMessage,
    message,
    code,
  } = error as {
    readonly error?: { readonly message?: string }
    readonly info?: { readonly error?: { readonly message?: string } }
    readonly shortMessage?: string
    readonly message?: string
    readonly code?: string
  }
  const text = said?.message ?? info?.error?.message ?? shortMessage ?? (message || code) ?? String(error)
  return text.split('\n')[0]!.slice(0, MOST_SHOWN_CHARACTERS)
}

/** A chain that is gone, or silent for too long, is one error, whatever was asked of it. */
class Connection extends JsonRpcProvider {
  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    try {
      return await super._send(payload)
    } catch (error) {
      // A node that answers with a status refuses this request, and may take another.
      if (isError(error, 'SERVER_ERROR')) throw error
      throw new ChainUnreachable(`the chain does not answer: ${reasonOf(error)}`)
    }
  }
}

/**
 * Connects to a JSON-RPC endpoint. Of what is asked of it later, nothing waits for longer than its patience.
 *
 * @throws ChainUnreachable where none answers
 */
export const connect = async (
  url: string,
  { connectMilliseconds, answerMilliseconds }: Patience = PATIENCE,
): Promise<JsonRpcProvider> => {
  const probe = new FetchRequest(url)
  probe.timeout = connectMilliseconds
  probe.body = { jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] }
  try {
    const response = await probe.send()
    response.assertOk()
    const chainId = BigInt(response.bodyJson.result)
    const request = new FetchRequest(url)
    request.timeout = answerMilliseconds
    return new Connection(request, chainId, {
      ...{ staticNetwork: true, cacheTimeout: -1, pollingInterval: 20 },
      // Requests of one moment go in one message, and none waits for more to come.
      batchStallTime: 0,
    })
  } catch (error) {
    throw new ChainUnreachable(`no JSON-RPC endpoint answers there (${reasonOf(error)})`)
  }
}
