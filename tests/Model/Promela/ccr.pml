/*
 * Ccr's profile of OSI CCR (ccr-standard.md 9), for spin: a root, its subordinates, and in a tree an intermediate.
 *
 * What can happen stands here, a line a happening; what it does stands in superior.h, subordinate.h, coordinator.h,
 * network.h and node.h, a function a method of ours. The state tables are the product's own (tables.h). Durable are
 * durable, noted and server; a crash keeps those, and of the records that wait (pending) any beginning.
 *
 * Each happening, and the method of ours that it stands for (a test looks that the method is there):
 *   ARRIVES DOWN  Upward.Received, Upward.RecoverCommit, Lane.ReceivedIdle, Lane.RecoverCommit
 *   ARRIVES UP    RemoteBranch.Received, RemoteBranch.RecoverReady, Lane.ReceivedIdle, Lane.RecoverReady
 *   LOSES         RemoteBranch.Lost, Upward.Lost, Association.End
 *   LEARNS        RemoteBranch.Lost, Upward.Lost, Associations.Down
 *   ask down      RemoteBranch.Reached, RemoteBranch.AssociationReady, Associations.Acquire
 *   ask up        Upward.Reached, Upward.AssociationReady, Upward.Recover
 *   damage        DamageDesk.Reported, DamageDesk.Noted, DamageDesk.Note, Coordinator.NoteDamage
 *   close         Coordinator.Close, Coordinator.StartVoting, RemoteBranch.Prepare, LocalBranch.Prepare
 *   give up       Coordinator.Reached, Coordinator.Failed, Coordinator.StartRollback, Coordinator.RollBackBranches
 *   vote          LocalBranch.Answered, Coordinator.VoteArrived, Coordinator.AllReady, Upward.Ready, Upward.NoChange
 *   Server done   LocalBranch.Finished, Coordinator.Settled, Coordinator.CommitEnded, Coordinator.RollbackEnded
 *   order         Coordinator.CommitOrdered, Coordinator.RollbackOrdered, Coordinator.OnePhaseAsked, Coordinator.Commit
 *   acknowledge   EndedActions.Acknowledge
 *   force         OutputGate.Forced, OutputGate.Admit, Lane.Append
 *   by hand       Coordinator.Resolve, Coordinator.CarryOut, Coordinator.Compare, Upward.Heuristic
 *   CRASH         Lane.Restart, Lane.Adopt, Coordinator.Recovered, Coordinator.RecoveredHeuristic, Coordinator.Recover,
 *                 Coordinator.Adopt, Lane.ServerFound, LocalBranch.Recovered
 *   tables        SuperiorMachine.Apply, SubordinateMachine.Apply, RemoteBranch.Apply, Upward.Apply
 */
#ifndef NODES
#define NODES 3
#endif
#ifndef SLOTS
#define SLOTS 3
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef LOSSES
#define LOSSES 1
#endif
#ifndef HANDS
#define HANDS 0
#endif
#ifndef NOCHANGE
#define NOCHANGE 0
#endif

c_decl {
\#include "names.h"
}

byte ss[NODES], us[NODES], sa[NODES], ua[NODES];
byte ends[(NODES - 1) * SLOTS];
short q[(NODES - 1) * SLOTS * 6];
byte phase[NODES], atServer[NODES], flags[NODES], damages[NODES], decidedBy[NODES];
byte pending[NODES * 4], appended[NODES], forced[NODES], forcedAt[NODES];
byte upAfter[NODES], downAfter[NODES], serverAfter[NODES];
byte result;
byte crashes, losses, hands;
byte durable[NODES], noted[NODES], server[NODES];
byte outcome, told[NODES], hand[NODES], wasReady[NODES], wasCommit[NODES], voted[NODES], wasHand[NODES];
byte wasNoted[NODES];
byte bad;

c_code {
\#include "network.h"
\#include "superior.h"
\#include "subordinate.h"
\#include "coordinator.h"
\#include "node.h"
}

/* One step: when GUARD, CALL; then what must hold always. */
#define STEP(guard, call) d_step { c_expr { guard } -> c_code { call; Invariants(); }; assert(bad == 0) }

#define ARRIVES(slot, dir) STEP(CanReceive OF PBranch->b AND slot AND dir END, Network_Deliver(PBranch->b, slot, dir))
#define LOSES(slot, end) STEP(CanLose OF PBranch->b AND slot END, Network_Lose(PBranch->b, slot, end))
#define LEARNS(slot) STEP(CanLearn OF PBranch->b AND slot END, Network_Learn(PBranch->b, slot))
#define ASSOCIATION(slot) \
  :: ARRIVES(slot, DOWN) \
  :: ARRIVES(slot, UP) \
  :: LOSES(slot, SUP_END) \
  :: LOSES(slot, SUB_END) \
  :: LEARNS(slot)

proctype Branch(byte b) {
end:
  do
  ASSOCIATION(0)
  ASSOCIATION(1)
#if SLOTS > 2
  ASSOCIATION(2)
#endif
  :: STEP(CanAskDown OF PBranch->b END, RemoteBranch_Reached(PBranch->b))
  :: STEP(CanAskUp OF PBranch->b END, Upward_Reached(PBranch->b))
  :: STEP(CanReport OF PBranch->b END, DamageDesk_Reported(PBranch->b))
  :: STEP(CanNote OF PBranch->b END, DamageDesk_Noted(PBranch->b))
  od
}

#define CRASH(kept) \
  STEP(now.crashes > 0 && now.appended[PNode->n] - now.forced[PNode->n] >= kept, Node_Crash(PNode->n, kept))

proctype Node(byte n) {
end:
  do
  :: STEP(PNode->n == 0 && now.phase[0] == P_Active, Coordinator_Close(0))
  :: STEP(now.phase[PNode->n] == P_Active || now.phase[PNode->n] == P_Preparing, Coordinator_Reached(PNode->n))
  :: STEP(now.atServer[PNode->n] == L_Preparing, LocalBranch_Answered(PNode->n, 0))
  :: STEP(now.atServer[PNode->n] == L_Preparing, LocalBranch_Answered(PNode->n, 3))
#if NOCHANGE > 0
  :: STEP(now.atServer[PNode->n] == L_Preparing, LocalBranch_Answered(PNode->n, 1))
#endif
#if NOCHANGE > 1
  :: STEP(now.atServer[PNode->n] == L_Preparing && PNode->n == NODES - 1
            && !(now.flags[PNode->n] & F_DecidesForSuperior),
          LocalBranch_Answered(PNode->n, 2))
#endif
  :: STEP(CanServe OF PNode->n END, Server_Done(PNode->n))
  :: STEP(PNode->n == 0 && CanAcknowledge OF 0 END, EndedActions_Acknowledge(0))
  :: STEP(now.appended[PNode->n] > now.forced[PNode->n], Log_Force(PNode->n))
#if HANDS > 0
  :: STEP(now.hands > 0 && InDoubt OF PNode->n END, Coordinator_Resolve(PNode->n, D_Commit))
  :: STEP(now.hands > 0 && InDoubt OF PNode->n END, Coordinator_Resolve(PNode->n, D_Rollback))
#endif
#if CRASHES > 0
  :: CRASH(0)
  :: CRASH(1)
  :: CRASH(2)
  :: CRASH(3)
#endif
  od
}

proctype Rest() {
end:
  timeout -> d_step { c_code { Quiet(); }; assert(bad == 0) }
}

#ifdef LIVE
/* V1: faults are bounded, so that they stop; then every branch ends, and stays ended. */
ltl V1 { <> [] c_expr { AllEnded OF END } }
#endif

init {
  byte c, l, h, i;
  atomic {
    select(c : 0 .. CRASHES);
    select(l : 0 .. LOSSES);
    select(h : 0 .. HANDS);
    c_code { ChooseBudgets(Pinit->c, Pinit->l, Pinit->h); };
    for (i : 0 .. NODES - 1) { run Node(i) }
    for (i : 1 .. NODES - 1) { run Branch(i) }
    run Rest();
    c = 0; l = 0; h = 0; i = 0
  }
}
