/** What the bundler of the tests puts in: files by their path, where there is no disk to read them from. */
interface ImportMeta {
  glob<Content>(
    pattern: string,
    options: { readonly query: '?raw'; readonly import: 'default'; readonly eager: true },
  ): Record<string, Content>
}
