using Ccr.Protocol.Ber;

namespace Ccr.Protocol.Messages;

/// <summary>What a Client wants done with a file.</summary>
public abstract record FileOperation : IBerValue
{
    /// <summary>The number of the alternative of the CHOICE that this is.</summary>
    private protected abstract int Alternative { get; }

    /// <inheritdoc/>
    public void Write(BerWriter writer, int tag)
    {
        int choice = writer.Begin(tag);
        int mark = writer.Begin(BerTag.Context(Alternative));
        WriteFields(writer);
        writer.End(mark);
        writer.End(choice);
    }

    private protected abstract void WriteFields(BerWriter writer);

    internal static FileOperation Read(ref BerReader reader, int tag)
    {
        BerReader choice = reader.Enter(tag);
        int alternative = choice.PeekContext();
        BerReader inner = choice.Enter(BerTag.Context(int.Max(alternative, 0)));
        FileOperation? operation = alternative switch
        {
            0 => ReadFile.Read(ref inner),
            1 => WriteFile.Read(ref inner),
            2 => AppendFile.Read(ref inner),
            3 => ReplaceFile.Read(ref inner),
            4 => new DeleteFile(),
            _ => null,
        };
        if (operation is null)
        {
            inner.Fail(BerError.UnknownAlternative);
        }

        inner.End();
        choice.EndExactly();
        return operation!;
    }
}
