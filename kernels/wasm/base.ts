// Module `base`: element by element and row by row.
export { fill } from './movement';
