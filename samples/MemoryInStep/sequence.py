"""Counts in memory and in a table, one atomic action a number. The count is nowhere else: it is never read back.

    python3 sequence.py SOCKET DSN DATABASE CHECKPOINT-SERVER TOTAL [--plain]

Each action has two branches: a row of PostgreSQL, and the checkpoint of this very process, which is taken while the
program waits for the decision. So whatever happens, the rows are those that the memory has counted: no gap, no row
twice. --plain is the control: plain commits beside checkpoints that come on their own; it goes wrong.

There is nothing about checkpoints in here, apart from the name of a Server that is one more branch of the action.
"""

import sys
import time

import psycopg2

import ccr

BRANCH = b"row"
PAUSE_S = 0.05


class Rows:
    """The table. Its connection is made again whenever it broke."""

    def __init__(self, dsn):
        self._dsn, self._open = dsn, None

    def connection(self):
        while self._open is None or self._open.closed:
            try:
                self._open = psycopg2.connect(self._dsn)
                self._open.autocommit = True
            except psycopg2.OperationalError:
                time.sleep(PAUSE_S)
        return self._open

    def run(self, *statements):
        with self.connection().cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def drop(self):
        if self._open is not None:
            self._open.close()
        self._open = None


class Sequence:
    def __init__(self, socket, dsn, database, checkpoints):
        self._socket, self._database, self._checkpoints = socket, database, checkpoints
        self._rows, self._manager = Rows(dsn), None
        self._committed = []  # actions whose outcomes the manager still keeps for us
        self.count = 0

    def step(self):
        """One number: counted in memory, written as a row. Tried until it is committed."""
        self.count += 1
        while not self._try():
            time.sleep(PAUSE_S)

    def plain_step(self):
        self.count += 1
        while True:
            try:
                self._rows.run(f"INSERT INTO t VALUES ({self.count})")
                return
            except psycopg2.Error:
                self._rows.drop()

    def _try(self):
        action = None
        try:
            manager = self._session()
            action = manager.open([self._checkpoints])
            branch, gid = manager.branch(BRANCH), manager.gid(action, BRANCH)
            self._prepare(manager, action, branch, gid)
            if not manager.close_action(action):  # the checkpoint is taken in here
                self._rows.drop()
                return False
            self._finish(manager, action, branch, gid)
            self._forget(action)
            return True
        except ccr.Refused as refused:
            print(f"refused: {refused}", file=sys.stderr, flush=True)
            self._lose()
            return False
        except (ccr.Lost, psycopg2.Error):
            self._lose()
            if action is None or not self._ask(action):
                return False
            self._forget(action)
            return True

    def _prepare(self, manager, action, branch, gid):
        pid = self._rows.connection().info.backend_pid
        manager.enlist(action, self._database, branch, f"pid={pid};xid=0")
        self._rows.run("BEGIN", f"INSERT INTO t VALUES ({self.count})", f"PREPARE TRANSACTION '{gid}'")
        manager.prepared(action, self._database, branch, f"pid={pid};xid=0")

    def _finish(self, manager, action, branch, gid):
        # It is committed. What fails from here on, the manager finishes.
        try:
            self._rows.run(f"COMMIT PREPARED '{gid}'")
            manager.done(action, self._database, branch)
        except (ccr.Lost, psycopg2.Error):
            self._lose()

    def _forget(self, action):
        """Acknowledges the actions before this one, never this one itself.

        A restart goes back to the wait for the last decision, which is then asked for again: it must not be forgotten
        yet. Once the next action is committed, no restart leads back there.
        """
        try:
            for earlier in self._committed:
                self._session().acknowledge(earlier)
        except ccr.Lost:
            self._lose()  # what is never acknowledged, the manager keeps for a day
        self._committed = [action]

    def _session(self):
        while self._manager is None:
            try:
                self._manager = ccr.Manager(self._socket)
            except ccr.Lost:
                time.sleep(PAUSE_S)
        return self._manager

    def _lose(self):
        if self._manager is not None:
            self._manager.close()
        self._manager = None
        self._rows.drop()

    def _ask(self, action):
        """An answer was lost, or this process was restarted while it waited for one: what became of it?"""
        while True:
            try:
                outcome = self._session().outcome(action)
                if outcome in (ccr.IS_COMMITTED, ccr.IS_ROLLED_BACK):
                    return outcome == ccr.IS_COMMITTED
            except (ccr.Lost, ccr.Refused):
                self._lose()
            time.sleep(PAUSE_S)


def main(socket, dsn, database, checkpoints, total, *options):
    sequence = Sequence(socket, dsn, database, checkpoints)
    step = sequence.plain_step if "--plain" in options else sequence.step
    while sequence.count < int(total):
        step()
        print(sequence.count, flush=True)
    print("end", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
