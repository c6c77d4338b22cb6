using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>
/// What a request to a Server carries, so that its work belongs to the branch that the Server has begun (SEM-8): as
/// octets over anything, as text in the HTTP header <see cref="Header"/>.
/// </summary>
/// <param name="Action">The atomic action.</param>
/// <param name="Branch">The Server's branch of it.</param>
/// <param name="Server">The Server's name.</param>
/// <param name="Incarnation">What the Server said when it began the branch.</param>
public sealed record RequestContext(AtomicActionId Action, BranchId Branch, string Server, long Incarnation)
    : ProfileData
{
    /// <summary>The HTTP header that carries <see cref="ToText"/>.</summary>
    public const string Header = "ccr-action";

    private const string Version = "01-";
    private const int TextMax = 2_048;

    private protected override int Alternative => 5;

    /// <summary>The octets: one BER value.</summary>
    public byte[] ToOctets()
    {
        BerWriter writer = new();
        Write(writer);
        return writer.Written.ToArray();
    }

    /// <summary>Reads what <see cref="ToOctets"/> writes; false for anything else.</summary>
    public static bool TryRead(ReadOnlySpan<byte> octets, [NotNullWhen(true)] out RequestContext? context)
    {
        context = Decode(octets, out _) as RequestContext;
        return context is not null;
    }

    /// <summary>The value of the header: a version and the octets in base64url.</summary>
    public string ToText() => Version + Base64Url.EncodeToString(ToOctets());

    /// <summary>Reads what <see cref="ToText"/> writes; false for anything else.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out RequestContext? context)
    {
        context = null;
        if (text is null || text.Length > TextMax || !text.StartsWith(Version, StringComparison.Ordinal)
            || !Base64Url.IsValid(text.AsSpan(Version.Length)))
        {
            return false;
        }

        return TryRead(Base64Url.DecodeFromChars(text.AsSpan(Version.Length)), out context);
    }

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteAction(C0, Action);
        writer.WriteBranch(C1, Branch);
        writer.WriteServerName(C2, Server);
        writer.WriteInteger(C3, Incarnation);
    }

    internal static RequestContext Read(ref BerReader reader) => new(
        reader.ReadAction(C0), reader.ReadBranch(C1), reader.ReadServerName(C2), reader.ReadNatural(C3));
}
