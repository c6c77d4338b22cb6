/* The network and the log under a node: associations, what is under way on them, records and when they are forced. */

#define GATE(n, after) ((after) <= now.forced[n]) /* OutputGate.Admit */
#define TYPE(e) ((e) & 31)
#define AFTER(e) (((e) >> 5) & 7)
#define REPORT(e) (((e) >> 8) & 7)

static int Mistake = -1; /* which seeded mistake, by the environment; 0 none */

static int mutant(int n) {
  if (Mistake < 0) {
    char *chosen = getenv("MUTANT");
    Mistake = chosen ? atoi(chosen) : 0;
  }
  return Mistake == n;
}

static const char *const NamesOf[] = { "-", "I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I10", "V1", "T1",
                                       "B1" };
static char Why[200];

static void broken(int rule, const char *why, int node) {
  if (now.bad == 0) {
    now.bad = rule;
    snprintf(Why, sizeof Why, "BROKEN %s: %s (node %d)", NamesOf[rule], why, node);
    printf("%s\n", Why);
  }
}

extern int readtrail;
#define TELL(...) do { if (readtrail) Printf(__VA_ARGS__); } while (0)

static int par(int b) { return PARENT(b); }

static short *queue(int b, int slot, int dir) { return &now.q[(((b - 1) * SLOTS + slot) * 2 + dir) * DEPTH]; }

static uchar *endsOf(int b, int slot) { return &now.ends[(b - 1) * SLOTS + slot]; }

static int senderOf(int b, int dir) { return dir == DOWN ? par(b) : b; }

static const char *const ApduNames[] = {
  "-", "PREPARE-RI", "COMMIT-RI", "ROLLBACK-RI", "ROLLBACK-RC", "NOCHANGE-RI(decide)", "NOCHANGE-RC(committed)",
  "NOCHANGE-RC(rolled-back)", "RECOVER-RI(commit)", "RECOVER-RI(ready)", "RECOVER-RC(unknown)",
  "RECOVER-RC(retry-later)", "RECOVER-RC(done)", "READY-RI", "COMMIT-RC", "NOCHANGE-RI(not-required)",
  "NOCHANGE-RI(result-requested)" };

/* Association.Send: behind the log position `after`, and behind what waits on this association already. */
static void Association_Send(int b, int slot, int dir, int apdu, int after, int report) {
  int here = dir == DOWN ? SUP_END : SUB_END, k;
  short *q;
  if (slot == NOWHERE || (*endsOf(b, slot) & 3) != 3) {
    if (slot != NOWHERE && (*endsOf(b, slot) & here) == 0) TELL("  (gone)\n");
    return; /* gone here, or gone there already: lost */
  }
  if (GATE(senderOf(b, dir), after)) after = 0;
  q = queue(b, slot, dir);
  for (k = 0; k < DEPTH && q[k]; k++) { }
  if (k == DEPTH) { broken(B1, "too many APDUs on one association", b); return; }
  q[k] = apdu | after << 5 | report << 8;
  TELL("  node %d sends %s on branch %d, association %d%s\n", senderOf(b, dir), ApduNames[apdu], b, slot,
    after ? " (waits for the log)" : "");
}

static void purge(int b, int slot, int dir) { memset(queue(b, slot, dir), 0, DEPTH * sizeof(short)); }

/* One end of an association closes: what was under way to it is lost; the other end learns of it later. */
static void closeEnd(int b, int slot, int end) {
  uchar *ends = endsOf(b, slot);
  *ends &= ~end;
  purge(b, slot, end == SUP_END ? UP : DOWN);
  if ((*ends & 3) == 0) {
    purge(b, slot, UP);
    purge(b, slot, DOWN);
    *ends = 0;
  }
}

/* Associations.Acquire: an idle association of ours, or a new one; NOWHERE when all are in use. */
static int freeSlot(int b, int bySup) {
  int s;
  for (s = 0; s < SLOTS; s++)
    if ((*endsOf(b, s) & 3) == 3 && (*endsOf(b, s) & BY_SUP) == (bySup ? BY_SUP : 0)
        && (bySup ? now.sa[b] : now.ua[b]) != s) return s;
  for (s = 0; s < SLOTS; s++)
    if (*endsOf(b, s) == 0) return s;
  return NOWHERE;
}

static int Associations_Acquire(int b, int bySup) {
  int s = freeSlot(b, bySup);
  if (s != NOWHERE) *endsOf(b, s) = SUB_END | SUP_END | (bySup ? BY_SUP : 0);
  return s;
}

/* What the log will say when all is forced. */
static int lastRecord(int n) {
  int waiting = now.appended[n] - now.forced[n];
  return waiting ? now.pending[n * PENDING + waiting - 1] : now.durable[n];
}

/* Lane.Append; the position that dependants wait for. */
static int Lane_Append(int n, int record, int isForced) {
  int waiting = now.appended[n] - now.forced[n];
  if (waiting == PENDING || now.appended[n] == 7) { broken(B1, "too many records wait", n); return 0; }
  now.pending[n * PENDING + waiting] = record;
  now.appended[n]++;
  if (isForced) now.forcedAt[n] = now.appended[n];
  TELL("  node %d appends record %d, mask %d%s\n", n, KIND(record), MASK(record), isForced ? ", forced" : "");
  return now.appended[n];
}

static void setOutcome(int outcome) {
  if (now.outcome && now.outcome != outcome) broken(I6, "the root's decision changed", 0);
  now.outcome = outcome;
}

/* A record is durable: facts that no crash undoes. */
static void becameDurable(int n, int record) {
  now.durable[n] = record;
  if (KIND(record) == R_Ready) now.wasReady[n] = 1;
  if (KIND(record) == R_HandCommit || KIND(record) == R_HandRollback) now.wasHand[n] = 1;
  if (KIND(record) == R_Commit) {
    now.wasCommit[n] = 1;
    if (n == 0) setOutcome(D_Commit);
  }
}

/* Nothing waits any more: positions start anew, so that states do not differ by them. */
static void zeroPositions(int n) {
  int b, s, d, k;
  for (b = 1; b < NODES; b++)
    for (s = 0; s < SLOTS; s++)
      for (d = 0; d < 2; d++)
        if (senderOf(b, d) == n)
          for (k = 0; k < DEPTH; k++) queue(b, s, d)[k] &= ~(7 << 5);
  for (b = 1; b < NODES; b++) if (par(b) == n) now.downAfter[b] = 0;
  now.upAfter[n] = now.serverAfter[n] = now.appended[n] = now.forced[n] = now.forcedAt[n] = 0;
}

/* The next record of node n is forced, or survives by itself. */
void Log_Force(int n) {
  int k, record = now.pending[n * PENDING];
  for (k = 0; k + 1 < PENDING; k++) now.pending[n * PENDING + k] = now.pending[n * PENDING + k + 1];
  now.pending[n * PENDING + PENDING - 1] = 0;
  now.forced[n]++;
  TELL("node %d: record %d is durable\n", n, KIND(record));
  becameDurable(n, record);
  if (now.forced[n] == now.appended[n]) zeroPositions(n);
}
