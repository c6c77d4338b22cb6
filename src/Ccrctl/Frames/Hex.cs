namespace Ccr.Ccrctl.Frames;

/// <summary>Hexadecimal digits as people paste them: with spaces, line breaks, colons, or 0x in front.</summary>
internal static class Hex
{
    /// <summary>Reads them; null when there is anything else.</summary>
    public static byte[]? Read(string text)
    {
        string digits = string.Concat(text.Split(
            [' ', '\t', '\r', '\n', ':', ',', '-'], StringSplitOptions.RemoveEmptyEntries)
            .Select(part => part.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? part[2..] : part));
        return digits.Length > 0 && digits.Length % 2 == 0 && digits.All(char.IsAsciiHexDigit)
            ? Convert.FromHexString(digits)
            : null;
    }

    /// <summary>What a file holds: hexadecimal text, or the octets themselves.</summary>
    public static byte[] Content(byte[] file) =>
        file.All(b => b < 0x80) ? Read(System.Text.Encoding.ASCII.GetString(file)) ?? file : file;
}
