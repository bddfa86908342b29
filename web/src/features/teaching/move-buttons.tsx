import { Icon } from "@/components/icon";

interface MoveProps {
  /** Of the thing: its buttons are found by it when the list has changed. */
  id: string;
  name: string;
  up: (() => void) | null;
  down: (() => void) | null;
}

/** Change the order without a mouse. */
export function MoveButtons({ id, name, up, down }: MoveProps) {
  const button = (to: "up" | "down", act: (() => void) | null) => (
    <button
      type="button"
      id={`${id}-${to}`}
      className="button ghost square"
      aria-label={`Move ${name} ${to}`}
      disabled={!act}
      onClick={act ?? undefined}
    >
      <Icon name={to} />
    </button>
  );
  return (
    <>
      {button("up", up)}
      {button("down", down)}
    </>
  );
}
