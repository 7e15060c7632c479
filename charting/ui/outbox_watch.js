/** Tells the page how many steps of a session still wait on this device, and sends them meanwhile. */

const EVERY = 700; // ms

export default {
  template: '<div hidden></div>',
  props: { code: String, session: String, api: String, me: String },
  async mounted() {
    try {
      const [{ Outbox }, { Sync }] = await Promise.all([import(`${this.code}/outbox.js`), import(`${this.code}/sync.js`)]);
      this.outbox = await Outbox.open();
      this.sync = new Sync({
        base: this.api, session: this.session, outbox: this.outbox,
        acts: { heard: () => this.look(), pulled: () => undefined, me: () => this.me, revision: () => 0, state: () => undefined },
      });
    } catch (trouble) {
      console.warn('charting: this device keeps no marks', trouble);
    }
    if (!this.$el.isConnected) return this.stop();
    await this.look();
    this.timer = setInterval(() => this.look(), EVERY);
  },
  unmounted() {
    this.stop();
  },
  methods: {
    async look() {
      // a device that can keep nothing has nothing that waits
      const steps = this.outbox ? await this.outbox.steps(this.session) : [];
      const waiting = steps.filter((step) => step.state === 'waiting').length;
      const refused = steps.length - waiting;
      const said = `${waiting} ${refused}`;
      if (waiting) this.sync?.flush();
      if (said === this.said) return;
      this.said = said;
      this.$emit('counted', { waiting, refused });
    },
    stop() {
      clearInterval(this.timer);
      this.sync?.close();
    },
  },
};
