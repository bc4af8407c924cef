/**
 * Lets the page open without a network, where the browser can do that. What Vite serves as it is written is not kept:
 * whoever develops sees what they wrote last.
 */
export function keepPage(): void {
  if (import.meta.env.MODE === 'development' || !('serviceWorker' in navigator)) return
  navigator.serviceWorker.register('/service-worker.js').catch(reportError)
}
