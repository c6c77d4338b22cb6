using Ccr.Protocol.Ber;

namespace Ccr.Protocol.Messages;

/// <summary>What is said on a manager's own socket (CCR-Session).</summary>
public abstract record SessionMessage : IBerMessage
{
    /// <summary>The number of the alternative of the CHOICE that this is.</summary>
    private protected abstract int Alternative { get; }

    /// <inheritdoc/>
    public void Write(BerWriter writer)
    {
        int mark = writer.Begin(BerTag.Context(Alternative));
        WriteFields(writer);
        writer.End(mark);
    }

    /// <summary>Decodes a frame; null when it is none, and the status says why. Never throws.</summary>
    public static SessionMessage? Decode(ReadOnlySpan<byte> frame, out BerStatus status)
    {
        status = default;
        BerReader reader = new(frame, ref status, NameCache.Titles);
        SessionMessage? message = ReadAny(ref reader);
        reader.EndFrame();
        return status.Ok ? message : null;
    }

    private protected abstract void WriteFields(BerWriter writer);

    private static SessionMessage? ReadAny(ref BerReader reader)
    {
        int alternative = reader.PeekContext();
        if (alternative < 0)
        {
            reader.Fail(reader.AtEnd ? BerError.Truncated : BerError.UnexpectedElement);
            return null;
        }

        BerReader inner = reader.Enter(BerTag.Context(alternative));
        SessionMessage? message = ReadFields(alternative, ref inner);
        inner.End();
        return message;
    }

    private static SessionMessage? ReadFields(int alternative, ref BerReader inner) => alternative switch
    {
        0 => Hello.Read(ref inner),
        1 => Welcome.Read(ref inner),
        2 => RequestRefused.Read(ref inner),
        3 => TransOpen.Read(ref inner),
        4 => TransOpenAck.Read(ref inner),
        5 => TransOpenSub.Read(ref inner),
        6 => TransOpenSubAck.Read(ref inner),
        7 => TransClose.Read(ref inner),
        8 => DoneCommit.Read(ref inner),
        9 => TransRollback.Read(ref inner),
        10 => RolledBack.Read(ref inner),
        11 => AskOutcome.Read(ref inner),
        12 => OutcomeIs.Read(ref inner),
        13 => Acknowledge.Read(ref inner),
        14 => Register.Read(ref inner),
        15 => Registered.Read(ref inner),
        16 => Found.Read(ref inner),
        17 => Begin.Read(ref inner),
        18 => Begun.Read(ref inner),
        19 => Prepare.Read(ref inner),
        20 => Ready.Read(ref inner),
        21 => NoChange.Read(ref inner),
        22 => BranchRefused.Read(ref inner),
        23 => Commit.Read(ref inner),
        24 => CommitOnePhase.Read(ref inner),
        25 => RollbackBranch.Read(ref inner),
        26 => Done.Read(ref inner),
        27 => ForgetBranch.Read(ref inner),
        28 => NotMine.Read(ref inner),
        29 => Locate.Read(ref inner),
        30 => Located.Read(ref inner),
        31 => Peers.Read(ref inner),
        32 => AskStatus.Read(ref inner),
        33 => Status.Read(ref inner),
        34 => AskActions.Read(ref inner),
        35 => Actions.Read(ref inner),
        36 => AskTrace.Read(ref inner),
        37 => Trace.Read(ref inner),
        38 => Resolve.Read(ref inner),
        39 => ForgetDamage.Read(ref inner),
        40 => ResetNode.Read(ref inner),
        41 => Accomplished.Read(ref inner),
        _ => ReadDatabaseFields(alternative, ref inner),
    };

    private static SessionMessage? ReadDatabaseFields(int alternative, ref BerReader inner) => alternative switch
    {
        42 => LeaseActions.Read(ref inner),
        43 => Leased.Read(ref inner),
        44 => Enlist.Read(ref inner),
        45 => Prepared.Read(ref inner),
        46 => RegisterDatabase.Read(ref inner),
        47 => AskOrphans.Read(ref inner),
        48 => Orphans.Read(ref inner),
        49 => ResolveOrphan.Read(ref inner),
        50 => ScanDatabases.Read(ref inner),
        _ => Unknown(ref inner),
    };

    private static SessionMessage? Unknown(ref BerReader inner)
    {
        inner.Fail(BerError.UnknownAlternative);
        return null;
    }
}
