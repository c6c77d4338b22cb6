namespace Ccr.Protocol.Apdus;

/// <summary>C-BEGIN-RC: the subordinate has begun the branch.</summary>
public sealed record BeginRc : Apdu
{
    /// <inheritdoc/>
    public override int TagNumber => 2;

    /// <inheritdoc/>
    public override string Name => "C-BEGIN-RC";
}

/// <summary>C-PREPARE-RI: the superior asks for readiness.</summary>
public sealed record PrepareRi : Apdu
{
    /// <inheritdoc/>
    public override int TagNumber => 3;

    /// <inheritdoc/>
    public override string Name => "C-PREPARE-RI";
}

/// <summary>C-READY-RI: the subordinate can commit and can roll back, and has written so.</summary>
public sealed record ReadyRi : Apdu
{
    /// <inheritdoc/>
    public override int TagNumber => 4;

    /// <inheritdoc/>
    public override string Name => "C-READY-RI";
}

/// <summary>C-COMMIT-RI: the superior orders commitment.</summary>
public sealed record CommitRi : Apdu
{
    /// <inheritdoc/>
    public override int TagNumber => 5;

    /// <inheritdoc/>
    public override string Name => "C-COMMIT-RI";
}

/// <summary>C-COMMIT-RC: the subordinate has committed.</summary>
public sealed record CommitRc : Apdu
{
    /// <inheritdoc/>
    public override int TagNumber => 6;

    /// <inheritdoc/>
    public override string Name => "C-COMMIT-RC";
}

/// <summary>C-ROLLBACK-RI: either side rolls the branch back.</summary>
public sealed record RollbackRi : Apdu
{
    /// <inheritdoc/>
    public override int TagNumber => 7;

    /// <inheritdoc/>
    public override string Name => "C-ROLLBACK-RI";
}

/// <summary>C-ROLLBACK-RC: the other side has rolled back.</summary>
public sealed record RollbackRc : Apdu
{
    /// <inheritdoc/>
    public override int TagNumber => 8;

    /// <inheritdoc/>
    public override string Name => "C-ROLLBACK-RC";
}

/// <summary>C-CANCEL-RI. Not offered by this profile; receiving it is a protocol error (ccr-standard.md 13).</summary>
public sealed record CancelRi : Apdu
{
    /// <inheritdoc/>
    public override int TagNumber => 15;

    /// <inheritdoc/>
    public override string Name => "C-CANCEL-RI";
}
