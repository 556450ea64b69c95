// What the gateway sends, as `make docs` writes it down. Only the type check reads this.
export * from "../docs/reference/types";
