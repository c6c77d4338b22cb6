using System.Diagnostics.CodeAnalysis;

namespace Ccr.Protocol.Names;

/// <summary>The text form that atomic-action and branch identifiers share: "TITLE:SUFFIX".</summary>
internal static class TitledSuffix
{
    internal static bool TryParse(string? text, [NotNullWhen(true)] out AeTitle? title, out Suffix suffix)
    {
        title = null;
        suffix = default;
        int colon = text?.LastIndexOf(':') ?? -1;
        if (colon <= 0 || !Suffix.TryParse(text.AsSpan(colon + 1), out suffix))
        {
            return false;
        }

        string name = text![..colon];
        if (NodeName.TryParse(name, out NodeName node))
        {
            title = AeTitle.Of(node);
            return true;
        }

        return name[0] == 'X' && TryParseForeign(name.AsSpan(1), out title);
    }

    private static bool TryParseForeign(ReadOnlySpan<char> hex, [NotNullWhen(true)] out AeTitle? title)
    {
        title = null;
        byte[] octets = new byte[hex.Length / 2];
        if (octets.Length < 3 || hex.Length % 2 != 0
            || Convert.FromHexString(hex, octets, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            return false;
        }

        title = AeTitle.FromCanonical(octets);
        return true;
    }
}
