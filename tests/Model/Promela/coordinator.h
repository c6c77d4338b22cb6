/* One action at one node: Coordinator, LocalBranch, DamageDesk. */

static void Coordinator_StartRollback(int n);

static int excused(int n) { /* decided by hand here, or by an intermediate above */
  for (; n > 0; n = par(n)) if (now.hand[n]) return 1;
  return 0;
}

static void serverRolledBack(int n) {
  if (now.server[n] == E_Prepared && now.wasReady[n] && now.told[n] != D_Rollback && now.hand[n] == D_None && n > 0)
    broken(I5, "rolled back after READY, by nobody's order", n);
  now.server[n] = E_RolledBack;
}

static void LocalBranch_Commit(int n, int after) {
  if (now.atServer[n] != L_Ready) return;
  now.atServer[n] = L_Committing;
  now.serverAfter[n] = after;
}

static void LocalBranch_Rollback(int n, int after) {
  int state = now.atServer[n];
  if (state == L_Ended || state == L_NoChange || state == L_RollingBack) {
    if (state == L_NoChange) now.atServer[n] = L_Ended;
    return;
  }
  now.atServer[n] = L_RollingBack;
  now.serverAfter[n] = after;
}

/* Its log says in doubt, and no order to roll back was obeyed (what the log lost of that end is told again). */
static int isInDoubtForGood(int b) {
  int kind = KIND(now.durable[b]);
  return (kind == R_Ready || kind == R_HandCommit || kind == R_HandRollback) && now.told[b] != D_Rollback;
}

/* Every ready branch below has confirmed: nothing of it stands in doubt in its own log. */
static void confirmedBelow(int n) {
  int b;
  for (b = 1; b < NODES; b++)
    if (par(b) == n && (now.flags[b] & F_IsReady) && isInDoubtForGood(b))
      broken(I7, "the superior ended the action before a branch had ended for good", b);
}

static void Coordinator_Retire(int n) { now.phase[n] = P_Ended; }

/* Coordinator.NoteDamage, DamageDesk.Note */
static int Coordinator_NoteDamage(int n, int outcome, int reported) {
  int last = lastRecord(n), mask = now.damages[n];
  if (mask == 0) return 0;
  if (KIND(last) == R_Damage && !mutant(25)) mask |= MASK(last);
  return Lane_Append(n, R_Damage | mask << 3 | (outcome == D_Commit ? R_SERVER : 0) | (reported ? R_REPORTED : 0), 1);
}

static void Coordinator_CommitEnded(int n) {
  int after;
  confirmedBelow(n);
  if (n == 0) {
    Coordinator_NoteDamage(n, D_Commit, 1);
    Coordinator_Retire(n);
    return;
  }
  if (now.damages[n]) {
    after = Coordinator_NoteDamage(n, D_Commit, 1);
  } else {
    int needed = !(now.flags[n] & F_Decided) || (now.decidedBy[n] && !mutant(24));
    int own = Lane_Append(n, R_None, needed);
    after = needed ? own : 0;
  }
  Upward_Committed(n, after);
  Coordinator_Retire(n);
}

static void Coordinator_RollbackEnded(int n) {
  Coordinator_NoteDamage(n, D_Rollback, n == 0);
  if (n > 0) {
    if ((now.flags[n] & F_Logged) && !now.damages[n]) Lane_Append(n, R_None, 0);
    Upward_RolledBack(n);
  }
  Coordinator_Retire(n);
}

static void Coordinator_Settled(int n) {
  int b;
  if (now.atServer[n] != L_Ended && now.atServer[n] != L_NoChange) return;
  for (b = 1; b < NODES; b++)
    if (par(b) == n && now.ss[b] != SS_I && now.ss[b] != SS_SN
        && !(mutant(20) && now.phase[n] == P_Committing && n > 0)) return;
  if (now.phase[n] == P_Committing) Coordinator_CommitEnded(n);
  else if (now.phase[n] == P_RollingBack && !(n > 0 && now.us[n] == US_UB)) Coordinator_RollbackEnded(n);
}

static void Coordinator_Failed(int n) {
  if (now.phase[n] == P_Active || now.phase[n] == P_Preparing) Coordinator_StartRollback(n);
  else Coordinator_Settled(n);
}

static void rollBackBranches(int n, int after) {
  int b;
  LocalBranch_Rollback(n, after);
  for (b = 1; b < NODES; b++) if (par(b) == n) RemoteBranch_Rollback(b, after);
}

static void Coordinator_StartRollback(int n) {
  now.phase[n] = P_RollingBack;
  if (n == 0) setOutcome(D_Rollback);
  else Upward_Rollback(n);
  rollBackBranches(n, 0);
  Coordinator_Settled(n);
}

/* The decision is durable at `after`: orders leave behind it. */
static void Coordinator_Commit(int n, int after) {
  int b;
  now.phase[n] = P_Committing;
  if (after) now.flags[n] |= F_Decided;
  LocalBranch_Commit(n, mutant(1) ? 0 : after);
  for (b = 1; b < NODES; b++)
    if (par(b) == n && ((now.flags[b] & F_IsReady) || now.ss[b] == SS_SN))
      RemoteBranch_Commit(b, mutant(1) ? 0 : after);
  Coordinator_Settled(n);
}

/* What a record of this moment names: the ready branches and the ready Server. */
static int ready(int n) {
  int b, names = now.atServer[n] == L_Ready ? R_SERVER : 0;
  for (b = 1; b < NODES; b++) if (par(b) == n && (now.flags[b] & F_IsReady)) names |= BIT(b) << 3;
  return names;
}

static void Coordinator_AllReady(int n) {
  int names = ready(n), waiting = 0, b, after = 0;
  for (b = 1; b < NODES; b++)
    if (par(b) == n) {
      if (now.ss[b] == SS_SN) waiting = 1;
      if (!now.voted[b]) broken(I2, "decided without the vote of a branch", b);
    }
  if (n > 0) now.voted[n] = 1;
  if (n == 0 || (now.flags[n] & F_DecidesForSuperior)) {
    if (names) {
      after = Lane_Append(n, R_Commit | names, 1);
      now.flags[n] |= F_Logged;
    } else if (n == 0) {
      setOutcome(D_Commit);
    }
    if (names == 0) now.flags[n] &= ~F_Logged;
    Coordinator_Commit(n, after);
  } else if (now.flags[n] & F_ResultRequested) { /* a foreign leaf: ours never asks for the result */
    now.phase[n] = P_Waiting;
    subordinateApply(n, UE_NochangeReqResultRequested, NOWHERE);
  } else if (names == 0 && !waiting) {
    Upward_NoChange(n);
    Coordinator_Retire(n);
  } else {
    now.phase[n] = P_Ready;
    now.flags[n] |= F_Logged;
    Upward_Ready(n, Lane_Append(n, R_Ready | names, 1));
  }
}

static void Coordinator_VoteArrived(int n) {
  int b;
  if (now.phase[n] != P_Preparing || now.atServer[n] == L_Preparing) return;
  for (b = 1; b < NODES; b++)
    if (par(b) == n && (now.ss[b] == SS_SA || now.ss[b] == SS_SP) && !mutant(23)) return;
  Coordinator_AllReady(n);
}

static void Coordinator_StartVoting(int n) {
  int b;
  now.phase[n] = P_Preparing;
  if (now.atServer[n] == L_Active) now.atServer[n] = L_Preparing; /* LocalBranch.Prepare */
  for (b = 1; b < NODES; b++) if (par(b) == n) RemoteBranch_Prepare(b);
  Coordinator_VoteArrived(n);
}

static void Coordinator_PrepareAsked(int n) { Coordinator_StartVoting(n); }

/* Coordinator.Compare */
static void compare(int n, int order) {
  if (now.hand[n] != order) now.damages[n] |= BIT(n);
}

static void Coordinator_CommitOrdered(int n) {
  int names = ready(n), after = 0;
  if (now.decidedBy[n]) {
    compare(n, D_Commit);
    now.phase[n] = P_Committing;
    Coordinator_Settled(n);
    return;
  }
  if (MASK(names)) after = Lane_Append(n, R_Commit | names, 1);
  Coordinator_Commit(n, mutant(19) ? 0 : after);
}

static void Coordinator_RollbackOrdered(int n) {
  int phase = now.phase[n];
  if (phase == P_Active || phase == P_Preparing) {
    Coordinator_StartRollback(n);
  } else if (phase == P_Ready && now.decidedBy[n]) {
    compare(n, D_Rollback);
    now.phase[n] = P_RollingBack;
    Coordinator_Settled(n);
  } else if (phase == P_Ready) {
    Coordinator_StartRollback(n);
  } else {
    Coordinator_Settled(n);
  }
}

/* Coordinator.CarryOut */
static void carryOut(int n, int decision, int after) {
  int b;
  now.decidedBy[n] = decision;
  if (after) now.flags[n] |= F_Decided;
  if (decision == D_Rollback) {
    rollBackBranches(n, after);
    return;
  }
  LocalBranch_Commit(n, after);
  for (b = 1; b < NODES; b++)
    if (par(b) == n && ((now.flags[b] & F_IsReady) || (now.ss[b] == SS_SN && !mutant(28))))
      RemoteBranch_Commit(b, after);
}

/* The operator decides for a branch in doubt. */
void Coordinator_Resolve(int n, int decision) {
  int after = 0;
  now.hands--;
  TELL("node %d is resolved by hand: %s\n", n, decision == D_Commit ? "commit" : "rollback");
  now.hand[n] = decision;
  if (!mutant(8))
    after = Lane_Append(n, (decision == D_Commit ? R_HandCommit : R_HandRollback) | (lastRecord(n) & ~7), 1);
  carryOut(n, decision, after);
}

/* TransClose. */
void Coordinator_Close(int n) {
  TELL("the Client closes the action\n");
  if (ONEPHASE) {
    now.phase[n] = P_OnePhase;
    superiorApply(1, SE_OnePhaseReq, NOWHERE);
  } else {
    Coordinator_StartVoting(n);
  }
}

/* A deadline (action, vote), or a Client that asks for rollback. */
void Coordinator_Reached(int n) {
  TELL("node %d gives the action up\n", n);
  Coordinator_Failed(n);
}

/* The foreign root of one-phase has its answer; none is a hazard, and is told as such. */
static void OnePhase_Answered(int outcome) {
  if (outcome == D_None && mutant(13)) outcome = D_Rollback;
  if (outcome) setOutcome(outcome);
  if (now.ss[1] == SS_SI) superiorApply(1, SE_RollbackRsp, NOWHERE);
  now.phase[0] = P_Ended;
}

/* A foreign leaf that voted no change is told the result, or its association is lost. */
static void ResultIsKnown(int n, int outcome) {
  if (outcome == D_Commit && now.outcome != D_Commit && !excused(n) && !ONEPHASE)
    broken(I9, "a no-change branch was told commit before the root decided it", n);
  now.told[n] = outcome;
  now.phase[n] = P_Ended;
}

/* The Server votes: LocalBranch.Answered with Ready, NoChange, BranchRefused. */
void LocalBranch_Answered(int n, int vote) {
  TELL("the Server of node %d votes %s\n", n, vote == 0 ? "ready" : vote == 1 ? "no change" : vote == 2
    ? "no change, and asks for the result" : "refused");
  if (vote == 3) {
    now.server[n] = E_RolledBack;
    now.atServer[n] = L_Ended;
    Coordinator_Failed(n);
    return;
  }
  now.server[n] = vote ? E_NoChange : E_Prepared;
  now.atServer[n] = vote ? L_NoChange : L_Ready;
  if (vote == 2) now.flags[n] |= F_ResultRequested;
  Coordinator_VoteArrived(n);
}

/* The Server has done as it was told: LocalBranch.Finished. */
void Server_Done(int n) {
  int committed = now.atServer[n] == L_Committing;
  TELL("the Server of node %d has %s\n", n, committed ? "committed" : "rolled back");
  if (committed) now.server[n] = E_Committed;
  else serverRolledBack(n);
  now.atServer[n] = L_Ended;
  Coordinator_Settled(n);
}

/* The Client has the outcome: nothing more is kept. */
void EndedActions_Acknowledge(int n) {
  confirmedBelow(n);
  Lane_Append(n, R_None, 0);
}

/* Damage against a rolled-back action is told to the superior's manager, which no APDU carries (SEM-4). */
void DamageDesk_Reported(int b) {
  int n = par(b), last, mine = MASK(lastRecord(b));
  TELL("node %d reports damage to node %d\n", b, n);
  if (n > 0) {
    now.noted[n] |= mine; /* another key of its log: taken as forced at once */
    return;
  }
  last = lastRecord(n);
  if (KIND(last) != R_Damage || (MASK(last) & mine) != mine)
    Lane_Append(n, R_Damage | (MASK(last) | mine) << 3 | R_REPORTED, !mutant(21));
}

/* damage-noted: the superior's manager has it in its log. */
void DamageDesk_Noted(int b) {
  TELL("node %d hears that its damage is noted\n", b);
  now.wasNoted[b] = 1;
  Lane_Append(b, lastRecord(b) | R_REPORTED, 0);
}
