using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Ccr.Resources.Xa;

/// <summary>
/// A branch's name as MySQL and MariaDB write it in XA statements: <c>'GTRID','BQUAL',FORMAT</c>, a part that is not
/// plain text as <c>X'HEX'</c>.
/// </summary>
internal readonly record struct XidLiteral(byte[] Gtrid, byte[] Bqual, int Format)
{
    internal static string Of(string gtrid, string bqual, int format) =>
        string.Create(CultureInfo.InvariantCulture, $"'{gtrid}','{bqual}',{format}");

    /// <summary>
    /// Reads the columns of XA RECOVER, its data as MariaDB's FORMAT='SQL' or MySQL's CONVERT XID writes them.
    /// </summary>
    internal static bool TryRead(int format, int gtridOctets, int bqualOctets, string data, out XidLiteral literal)
    {
        literal = default;
        byte[]? all = data.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? TryHex(data.AsSpan(2), out byte[]? hex) ? hex : null
            : Joined(data, gtridOctets, bqualOctets);
        if (all is null || all.Length != gtridOctets + bqualOctets)
        {
            return false;
        }

        literal = new XidLiteral(all[..gtridOctets], all[gtridOctets..], format);
        return true;
    }

    /// <summary>The name as <see cref="XaName"/> reads it, when both parts are text.</summary>
    internal bool TryName([NotNullWhen(true)] out XaName? name) => XaName.TryParseXid(
        Format, Encoding.Latin1.GetString(Gtrid), Encoding.Latin1.GetString(Bqual), out name);

    /// <summary>The literal.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Part(Gtrid)},{Part(Bqual)},{Format}");

    private static string Part(byte[] octets) => octets.All(IsPlain)
        ? $"'{Encoding.ASCII.GetString(octets)}'"
        : $"X'{Convert.ToHexStringLower(octets)}'";

    private static bool IsPlain(byte octet) => octet is >= 0x20 and < 0x7f and not (byte)'\'' and not (byte)'\\';

    // 'gtrid','bqual',1 or X'..',X'..',1; a bqual that is empty and a format of 1 may be left out.
    private static byte[]? Joined(string data, int gtridOctets, int bqualOctets)
    {
        List<byte> octets = [];
        ReadOnlySpan<char> rest = data;
        for (int left = bqualOctets > 0 ? 2 : 1; left > 0; left--)
        {
            bool hex = rest is ['X' or 'x', '\'', ..];
            int from = hex ? 2 : 1;
            int length = octets.Count == 0 ? gtridOctets : bqualOctets;
            int letters = hex ? length * 2 : length;
            if (rest.Length < from + letters + 1 || rest[from - 1] != '\'' || rest[from + letters] != '\'')
            {
                return null;
            }

            ReadOnlySpan<char> text = rest.Slice(from, letters);
            if (hex && !TryHex(text, out byte[]? part))
            {
                return null;
            }

            octets.AddRange(hex ? Convert.FromHexString(text) : Encoding.Latin1.GetBytes(text.ToString()));
            rest = rest[(from + letters + 1)..].TrimStart(',');
        }

        return [.. octets];
    }

    private static bool TryHex(ReadOnlySpan<char> text, [NotNullWhen(true)] out byte[]? octets)
    {
        byte[] into = new byte[text.Length / 2];
        bool read = text.Length % 2 == 0
            && Convert.FromHexString(text, into, out _, out _) == System.Buffers.OperationStatus.Done;
        octets = read ? into : null;
        return read;
    }
}
