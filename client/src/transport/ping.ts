/** The text a heartbeat sends, and the one that answers it. Neither is a frame; a sleeping tenant stays asleep. */
export const PING = 'ping'
export const PONG = 'pong'
