type Props = { label: string; placeholder: string; value: string; onChange: (text: string) => void }

export function SearchInput({ label, placeholder, value, onChange }: Props) {
  return (
    <input
      type="search"
      aria-label={label}
      placeholder={placeholder}
      data-testid="search"
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}
