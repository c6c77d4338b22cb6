using Ccr.Protocol.Ber;

namespace Ccr.Protocol.Apdus;

/// <summary>Version-number: the protocol versions that the sender speaks.</summary>
[Flags]
public enum VersionNumber : uint
{
    /// <summary>No version.</summary>
    None = 0,

    /// <summary>Version 1 (1990). Not spoken here.</summary>
    Version1 = 1,

    /// <summary>Version 2.</summary>
    Version2 = 2,
}

/// <summary>Ccr-requirements: the functional units that the sender wants.</summary>
[Flags]
public enum CcrRequirements : uint
{
    /// <summary>No functional unit.</summary>
    None = 0,

    /// <summary>The superior of a branch is who began it.</summary>
    StaticCommitment = 1,

    /// <summary>Who decides is found at the end. Not offered here.</summary>
    DynamicCommitment = 2,

    /// <summary>A branch that changed nothing leaves early.</summary>
    NochangeCompletion = 4,

    /// <summary>C-CANCEL. Not offered here.</summary>
    Cancel = 8,

    /// <summary>Several recovery exchanges at a time. Not offered here.</summary>
    OverlappedRecovery = 16,
}

/// <summary>C-INITIALIZE-RI and -RC: what the two ends of an association agree upon.</summary>
/// <param name="Version">Protocol versions.</param>
/// <param name="Requirements">Functional units.</param>
/// <param name="ReadyCollisionReservation">Matters for dynamic commitment alone.</param>
public abstract record InitializeApdu(
    VersionNumber Version, CcrRequirements Requirements, bool ReadyCollisionReservation) : Apdu
{
    private const VersionNumber DefaultVersion = VersionNumber.Version2;
    private const CcrRequirements DefaultRequirements = CcrRequirements.StaticCommitment;

    internal override void WriteComponents(BerWriter writer)
    {
        if (Version != DefaultVersion)
        {
            writer.WriteNamedBits(0x80, (ulong)Version);
        }

        if (Requirements != DefaultRequirements)
        {
            writer.WriteNamedBits(0x81, (ulong)Requirements);
        }

        if (!ReadyCollisionReservation)
        {
            writer.WriteBoolean(0x82, false);
        }
    }

    private protected static Content ReadContent(ref BerReader reader, int tag)
    {
        BerReader inner = reader.Enter(tag);
        return new Content
        {
            Version = inner.NextIs(0x80) ? (VersionNumber)inner.ReadNamedBits(0x80) : DefaultVersion,
            Requirements = inner.NextIs(0x81) ? (CcrRequirements)inner.ReadNamedBits(0x81) : DefaultRequirements,
            Reservation = !inner.NextIs(0x82) || inner.ReadBoolean(0x82),
            User = ReadUser(ref inner),
        };
    }

    private protected struct Content
    {
        internal VersionNumber Version;
        internal CcrRequirements Requirements;
        internal bool Reservation;
        internal UserData User;
    }
}

/// <summary>C-INITIALIZE-RI: the initiator of an association offers.</summary>
public sealed record InitializeRi(
    VersionNumber Version = VersionNumber.Version2,
    CcrRequirements Requirements = CcrRequirements.StaticCommitment,
    bool ReadyCollisionReservation = true)
    : InitializeApdu(Version, Requirements, ReadyCollisionReservation)
{
    /// <inheritdoc/>
    public override int TagNumber => 11;

    /// <inheritdoc/>
    public override string Name => "C-INITIALIZE-RI";

    /// <summary>Reads one under its own tag, or under that of a component that is IMPLICIT (CCR-Link).</summary>
    public static InitializeRi Read(ref BerReader reader, int tag)
    {
        Content content = ReadContent(ref reader, tag);
        return new InitializeRi(content.Version, content.Requirements, content.Reservation) { User = content.User };
    }
}

/// <summary>C-INITIALIZE-RC: the acceptor answers.</summary>
public sealed record InitializeRc(
    VersionNumber Version = VersionNumber.Version2,
    CcrRequirements Requirements = CcrRequirements.StaticCommitment,
    bool ReadyCollisionReservation = true)
    : InitializeApdu(Version, Requirements, ReadyCollisionReservation)
{
    /// <inheritdoc/>
    public override int TagNumber => 12;

    /// <inheritdoc/>
    public override string Name => "C-INITIALIZE-RC";

    /// <summary>Reads one under its own tag, or under that of a component that is IMPLICIT (CCR-Link).</summary>
    public static InitializeRc Read(ref BerReader reader, int tag)
    {
        Content content = ReadContent(ref reader, tag);
        return new InitializeRc(content.Version, content.Requirements, content.Reservation) { User = content.User };
    }
}
