using System.Buffers;
using System.Text;
using Ccr.Histories.Generation;

namespace Ccr.Histories.Tests;

/// <summary>What was recorded is read again, by us and, in EDN, by others.</summary>
public sealed class RecorderTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), "ccr-" + Path.GetRandomFileName());

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void A_recorded_history_is_read_as_it_was()
    {
        List<HistoryEvent> events =
            [.. new SerialStore(1, new SerialStoreOptions { Accounts = 3, Transactions = 500 }).Run()];
        using (HistoryRecorder recorder = new(_path))
        {
            foreach (HistoryEvent e in events)
            {
                if (e.Type == EventType.Invoke)
                {
                    recorder.Invoke(e.Process, e.Operation);
                }
                else
                {
                    recorder.Complete(e.Process, e.Type, e.Operation, "tokyo.1.7", "a \"reason\"\n");
                }
            }

            Assert.Equal(events.Count, recorder.Count);
        }

        List<HistoryEvent> read = [.. HistoryReader.Read(_path)];
        Assert.Equal(events.Select(TextOf), read.Select(TextOf));
        Assert.All(read, e => Assert.Equal(e.Type == EventType.Invoke ? null : "tokyo.1.7", e.Action));
    }

    [Fact]
    public void A_history_that_was_cut_is_read_up_to_its_last_whole_line()
    {
        using (HistoryRecorder recorder = new(_path))
        {
            recorder.Invoke(0, new ListTransaction([Micro.Append(1, 1)]));
            recorder.Complete(0, EventType.Ok, new ListTransaction([Micro.Append(1, 1)]));
        }

        byte[] whole = File.ReadAllBytes(_path);
        int first = Array.IndexOf(whole, (byte)'\n') + 1;
        for (int length = 0; length <= whole.Length; length++)
        {
            int lines = length == whole.Length ? 2 : length >= first ? 1 : 0;
            Assert.Equal(lines, HistoryReader.Read(new MemoryStream(whole[..length])).Count());
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("x")]
    [InlineData("""{"process":0,"index":0,"time":0,"type":"perhaps","f":"txn","value":[]}""")]
    [InlineData("""{"process":0,"index":0,"time":0,"type":"ok","f":"txn","value":[["append",1]]}""")]
    public void A_line_that_is_no_event_is_refused_with_its_number(string line)
    {
        MemoryStream stream = new(Encoding.UTF8.GetBytes("\n" + line + "\n"));
        FormatException wrong = Assert.Throws<FormatException>(() => HistoryReader.Read(stream).Count());
        Assert.StartsWith("Line 2: ", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_has_the_members_of_Jepsen()
    {
        ArrayBufferWriter<byte> line = new();
        Operation told = new ListTransaction([Micro.Append(3, 7), Micro.Read(4, 1, 2), Micro.Ask(5)]);
        HistoryJson.Write(line, new HistoryEvent(2, 17, 5_000, EventType.Info, told));
        Assert.Equal(
            """{"process":2,"index":17,"time":5000,"type":"info","f":"txn","value":"""
            + """[["append",3,7],["r",4,[1,2]],["r",5,null]]}""",
            Encoding.UTF8.GetString(line.WrittenSpan));
    }

    [Fact]
    public void The_export_is_what_Elle_reads()
    {
        Operation list = new ListTransaction([Micro.Append(3, 7), Micro.Read(4, 1, 2), Micro.Ask(5)]);
        HistoryEvent[] events =
        [
            new(2, 17, 5_000, EventType.Ok, list),
            new(1, 18, 6_000, EventType.Fail, new Transfer(0, 1, 5)),
            new(1, 19, 7_000, EventType.Ok, new ReadBalances([95, 105])),
        ];
        StringWriter edn = new();
        ElleExport.Write(edn, events);
        Assert.Equal("""
            {:type :ok, :f :txn, :value [[:append 3 7] [:r 4 [1 2]] [:r 5 nil]], :process 2, :index 17, :time 5000}
            {:type :fail, :f :transfer, :value {:from 0, :to 1, :amount 5}, :process 1, :index 18, :time 6000}
            {:type :ok, :f :read, :value {0 95, 1 105}, :process 1, :index 19, :time 7000}

            """.ReplaceLineEndings("\n"), edn.ToString());
    }

    private static string TextOf(HistoryEvent e) => ElleExport.ToEdn(e with { TimeNs = 0 });
}
