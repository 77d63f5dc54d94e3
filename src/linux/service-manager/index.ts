/** The public face of this part: what a service says to the manager that started it. */
export { notifyServiceManager } from './notify.ts';
