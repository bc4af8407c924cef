import type { SocketListener } from '../../../client/src/environment/socket.ts'
import { Random } from '../../../dev/harness/random.ts'
import { PROTOCOL_VERSION } from '../../../src/protocol/version.ts'
import { type Peer, transportContract } from '../../contract/transport.ts'
import { Link } from './link.ts'
import { Timeline } from './timeline.ts'

const LATENCY_MS = [1, 400] as const

const quiet = () => {}

transportContract('a link of the simulation', () => {
  const [timeline, random] = [new Timeline(), new Random(7)]
  const latency = () => random.whole(...LATENCY_MS)
  const linkTo = (listener: SocketListener) =>
    new Link('link', { timeline, random, version: PROTOCOL_VERSION }, listener, {
      said: quiet,
      arrived: quiet,
      sent: quiet,
      heard: quiet,
      disturbed: quiet,
      latency,
    })
  return {
    connect(listener) {
      const link = linkTo(listener)
      const heard: string[] = []
      let isOpen = false
      timeline.after(latency(), () => {
        isOpen = true
        link.accept({
          received: (_, text) => void heard.push(text),
          ended: () => {
            isOpen = false
          },
        })
      })
      const peer: Peer = {
        heard: () => heard,
        isOpen: () => isOpen,
        say: (text) => link.sendDown(text),
        close: (code) => link.closeDown(code),
        cut: () => link.cut('clean'),
      }
      return { socket: link, peer }
    },
    connectNowhere(listener) {
      const link = linkTo(listener)
      link.cut('clean')
      return link
    },
    async until(what, isSo) {
      while (!(await isSo())) if (!(await timeline.step())) throw new Error(`never: ${what}`)
    },
  }
})
