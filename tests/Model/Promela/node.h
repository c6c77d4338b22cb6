/* Crash and restart, what can happen when, and the invariants. */

/* What a crash leaves of an association's end: what had left is under way, what waited for the log is not. */
static void crashEnds(int n) {
  int b, s, d, k;
  for (b = 1; b < NODES; b++)
    for (s = 0; s < SLOTS; s++)
      for (d = 0; d < 2; d++) {
        short *q = queue(b, s, d);
        if (senderOf(b, d) != n) continue;
        for (k = 0; k < DEPTH && q[k] && GATE(n, AFTER(q[k])); k++) q[k] &= ~(7 << 5);
        for (; k < DEPTH; k++) q[k] = 0;
        closeEnd(b, s, d == DOWN ? SUP_END : SUB_END);
      }
}

/* Coordinator.Adopt: a record's branches. */
static void adopt(int n, int record, int commit) {
  int b;
  now.flags[n] = (now.flags[n] & F_IsReady) | F_Logged;
  if (record & R_SERVER) now.atServer[n] = commit ? L_Committing : L_Ready;
  for (b = 1; b < NODES; b++)
    if (par(b) == n && (MASK(record) & BIT(b))) {
      now.ss[b] = commit ? SS_DC : SS_DR;
      now.flags[b] |= F_IsReady;
    }
}

/* Lane.Restart, Coordinator.Recovered, Coordinator.Recover. */
static void restart(int n) {
  int record = now.durable[n], kind = KIND(record), commit = kind == R_Commit;
  if (mutant(26) && kind == R_Ready) kind = R_None;
  if (mutant(27) && kind == R_Commit && n == 0) { setOutcome(D_Rollback); kind = R_None; }
  now.phase[n] = P_Ended;
  if (kind == R_Ready || kind == R_HandCommit || kind == R_HandRollback || kind == R_Commit) {
    adopt(n, record, commit);
    now.phase[n] = commit ? P_Committing : P_Ready;
    if (n > 0) now.us[n] = commit ? US_UW : US_DU;
  }
  if (n == 0 && now.outcome == D_None && !ONEPHASE) setOutcome(D_Rollback); /* presumed */
  /* Lane.ServerFound: what the Server holds and no record names is rolled back. */
  if (now.atServer[n] == L_Ended && now.server[n] < E_Committed) serverRolledBack(n);
  if (kind == R_HandCommit) carryOut(n, D_Commit, 0);
  if (kind == R_HandRollback) carryOut(n, D_Rollback, 0);
  Coordinator_Settled(n);
}

/* kill -9 and start: the first `kept` of the records that wait survive. A node that is down is one that is slow. */
void Node_Crash(int n, int kept) {
  int b, k;
  now.crashes--;
  for (k = 0; k < kept; k++) becameDurable(n, now.pending[n * PENDING + k]);
  TELL("node %d crashes and starts: its log says %d\n", n, KIND(now.durable[n]));
  crashEnds(n);
  memset(&now.pending[n * PENDING], 0, PENDING);
  zeroPositions(n);
  for (b = 1; b < NODES; b++)
    if (par(b) == n) {
      now.ss[b] = SS_I;
      now.sa[b] = NOWHERE;
      now.flags[b] &= ~F_IsReady;
    }
  now.us[n] = US_I;
  now.ua[n] = NOWHERE;
  now.flags[n] &= F_IsReady;
  now.atServer[n] = L_Ended;
  now.damages[n] = now.decidedBy[n] = 0;
  if (!now.wasHand[n] && !mutant(8)) now.hand[n] = D_None; /* it was never taken */
  restart(n);
}

/* What can happen. */

void ChooseBudgets(int crashes, int losses, int hands) {
  int b, n;
  now.crashes = crashes;
  now.losses = losses;
  now.hands = hands;
  now.us[0] = US_I;
  now.ss[0] = SS_I;
  now.ua[0] = now.sa[0] = NOWHERE;
  for (b = 1; b < NODES; b++) {
    now.ss[b] = SS_SA;
    now.us[b] = US_UA;
    now.sa[b] = now.ua[b] = 0;
    *endsOf(b, 0) = SUB_END | SUP_END | BY_SUP;
  }
  for (n = 0; n < NODES; n++) {
    now.phase[n] = P_Active;
    now.atServer[n] = n > 0 || ROOTSERVER ? L_Active : L_Ended;
    now.server[n] = n > 0 || ROOTSERVER ? E_Nothing : E_NoChange;
  }
}

int CanReceive(int b, int slot, int dir) {
  short first = *queue(b, slot, dir);
  return first && (*endsOf(b, slot) & (dir == DOWN ? SUB_END : SUP_END)) && GATE(senderOf(b, dir), AFTER(first));
}

static int isUsed(int b, int slot) {
  return now.sa[b] == slot || now.ua[b] == slot || *queue(b, slot, UP) || *queue(b, slot, DOWN);
}

int CanLose(int b, int slot) { return now.losses > 0 && (*endsOf(b, slot) & 3) == 3 && isUsed(b, slot); }

int CanLearn(int b, int slot) {
  int open = *endsOf(b, slot) & 3;
  return open == SUB_END || open == SUP_END;
}

int CanAskDown(int b) { return now.ss[b] == SS_DC && now.sa[b] == NOWHERE && freeSlot(b, 1) != NOWHERE; }

int CanAskUp(int b) { return now.us[b] == US_DU && now.ua[b] == NOWHERE && freeSlot(b, 0) != NOWHERE; }

int CanServe(int n) {
  return (now.atServer[n] == L_Committing || now.atServer[n] == L_RollingBack) && GATE(n, now.serverAfter[n]);
}

int InDoubt(int n) {
  int state = now.us[n];
  return (state == US_UR || state == US_DU || state == US_UV) && now.phase[n] == P_Ready && !now.decidedBy[n];
}

int CanAcknowledge(int n) { return now.phase[n] == P_Ended && KIND(lastRecord(n)) == R_Commit; }

static int isNoted(int b) {
  int n = par(b), mine = MASK(now.durable[b]);
  if (n > 0) return (now.noted[n] & mine) == mine;
  return KIND(now.durable[n]) == R_Damage && (MASK(now.durable[n]) & mine) == mine;
}

static int openDamage(int b) {
  int last = lastRecord(b);
  return KIND(now.durable[b]) == R_Damage && KIND(last) == R_Damage && !(last & (R_REPORTED | R_SERVER));
}

static int isKnown(int b) { /* the superior's desk has it, forced or not */
  int n = par(b), mine = MASK(lastRecord(b));
  return n > 0 ? isNoted(b) : KIND(lastRecord(n)) == R_Damage && (MASK(lastRecord(n)) & mine) == mine;
}

int CanReport(int b) { return openDamage(b) && !isKnown(b); }

int CanNote(int b) { return openDamage(b) && (mutant(21) ? isKnown(b) : isNoted(b)); }

/* An APDU that left proves what had to be durable before. */
static void leaves(int b, int dir, int apdu) {
  int n = par(b);
  if (apdu == A_Ready && !now.wasReady[b]) broken(I3, "READY left before its record was durable", b);
  if (dir == DOWN && (apdu == A_Commit || apdu == A_RecoverCommit) && !now.wasCommit[n]
      && !(now.wasHand[n] && now.hand[n] == D_Commit)) broken(I4, "commit left before it was durable", n);
  if (dir == DOWN && apdu == A_NochangeRcCommitted && (now.flags[n] & F_Logged) && n == 0 && !now.wasCommit[n])
    broken(I4, "a no-change branch was told commit before it was durable", n);
  if (dir == UP && apdu == A_NochangeRcCommitted && (now.flags[b] & F_Logged) && !now.wasCommit[b])
    broken(I4, "one-phase: committed was said before it was durable", b);
  if ((apdu == A_CommitRc || apdu == A_Done) && isInDoubtForGood(b))
    broken(I7, "a confirm left before the branch had ended for good", b);
}

void Network_Deliver(int b, int slot, int dir) {
  short *q = queue(b, slot, dir), first = q[0];
  int k;
  for (k = 0; k + 1 < DEPTH; k++) q[k] = q[k + 1];
  q[DEPTH - 1] = 0;
  TELL("%s arrives on branch %d, association %d\n", ApduNames[TYPE(first)], b, slot);
  leaves(b, dir, TYPE(first));
  if (dir == DOWN) Upward_Received(b, slot, TYPE(first));
  else RemoteBranch_Received(b, slot, TYPE(first), REPORT(first));
}

static void lost(int b, int slot, int end) {
  TELL("association %d of branch %d is lost at the %s\n", slot, b, end == SUP_END ? "superior" : "subordinate");
  closeEnd(b, slot, end);
  if (end == SUP_END && now.sa[b] == slot) RemoteBranch_Lost(b);
  if (end == SUB_END && now.ua[b] == slot) Upward_Lost(b);
}

void Network_Lose(int b, int slot, int end) {
  now.losses--;
  lost(b, slot, end);
}

void Network_Learn(int b, int slot) { lost(b, slot, *endsOf(b, slot) & 3); }

/* After each step: what must hold in every state. */
void Invariants(void) {
  int n, committed = -1, rolledBack = -1;
  for (n = 0; n < NODES; n++) {
    if (excused(n)) continue;
    if (now.server[n] == E_Committed) committed = n;
    if (now.server[n] == E_RolledBack) rolledBack = n;
  }
  if (now.outcome == D_Commit) committed = 0;
  if (now.outcome == D_Rollback) rolledBack = 0;
  if (committed >= 0 && rolledBack >= 0)
    broken(I1, "one branch committed and another rolled back, and no heuristic decision says why",
      committed ? committed : rolledBack);
  for (n = 1; n < NODES; n++)
    if (now.server[n] == E_NoChange && now.told[n] && now.phase[n] == P_Ended && now.outcome
        && now.told[n] != now.outcome && !excused(n))
      broken(I9, "the result told to a no-change branch is not the decision", n);
  for (n = 1; n < NODES; n++)
    if (now.wasNoted[n] && !isKnown(n)) broken(I10, "damage that was noted is not known to the superior any more", n);
}

static void damageIsKnown(int n) {
  int record = now.durable[n], p = par(n), at;
  if (!now.hand[n] || !now.told[n] || now.hand[n] == now.told[n]) {
    if (n > 0 && KIND(record) == R_Damage && (MASK(record) & BIT(n)))
      broken(I10, "damage is recorded where there is none", n);
    return;
  }
  if (KIND(record) != R_Damage || !(MASK(record) & BIT(n))) broken(I10, "damage is not in the log", n);
  if (!((KIND(now.durable[p]) == R_Damage && (MASK(now.durable[p]) & BIT(n))) || (now.noted[p] & BIT(n))))
    broken(I10, "the superior does not know of damage below", n);
  for (at = p; at > 0 && now.told[at] == D_Commit && now.told[n] == D_Commit && !excused(at); at = par(at)) { }
  if (at == 0 && !(MASK(now.durable[0]) & BIT(n))) broken(I10, "the root does not know of damage below", n);
}

int AllEnded(void) {
  int n;
  for (n = 0; n < NODES; n++)
    if (now.phase[n] != P_Ended || (n > 0 && (now.us[n] != US_I || now.ss[n] != SS_I))) return 0;
  return 1;
}

/* Nothing can happen any more: everything must have ended, and all damage be known. */
void Quiet(void) {
  int n;
  for (n = 0; n < NODES; n++) {
    int kind = KIND(now.durable[n]);
    if (now.phase[n] != P_Ended) broken(V1, "an action never ends", n);
    if (n > 0 && now.us[n] != US_I) broken(V1, "a subordinate is left waiting", n);
    if (n > 0 && now.ss[n] != SS_I) broken(V1, "a superior is left waiting", n);
    if (kind != R_None && kind != R_Damage) broken(V1, "a record stands for ever", n);
    if (now.server[n] == E_Prepared) broken(V1, "a Server is left in doubt", n);
    damageIsKnown(n);
  }
}
