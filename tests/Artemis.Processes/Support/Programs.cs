using System.Text;

namespace Ccr.Artemis.Processes.Support;

/// <summary>
/// Programs of Debian, each with work for some seconds, or so many times of it; none of them knows of us.
/// </summary>
internal static class Programs
{
    internal static string BcLoop(int times) =>
        $"s=0\nfor(i=0;i<{220000 * times};i++){{s=s+sqrt(i*3.7)/7\nif(i%2000==0) s}}\ns\n";

    internal static string Gawk(int times) =>
        $"BEGIN{{for(i=0;i<{6000000 * times};i++){{a[i%50021]+=i*7%1000; if(i%100000==0) print i, length(a)}} "
        + "n=0; for(k in a) n+=a[k]; print n}";

    internal static string Perl(int times) =>
        "$|=1; my %h; $SIG{USR1}=sub{print \"usr1\\n\"; exit 42}; "
        + $"for my $i (1..{3500000 * times})" + "{$h{$i%70001}.=chr(65+$i%26); $h{$i%70001}=substr($h{$i%70001},-20); "
        + "print \"$i \",scalar(keys %h),\"\\n\" if $i%100000==0} "
        + "my $s=0; $s=($s*31+ord(substr($h{$_},-1)))%1000003 for sort keys %h; print \"$s\\n\";";

    internal static string Bash(int times) =>
        $"trap 'echo usr1; exit 42' USR1\ns=0\nfor ((i=0;i<{450000 * times};i++)); do s=$(( (s*31+i) % 1000003 )); "
        + "if (( i % 20000 == 0 )); then echo $i $s; fi; done\necho $s\n";

    internal static string Python(int times) => $$"""
        import hashlib
        primes = open('primes.txt', 'a')
        counter = open('counter.txt', 'w+')
        digest = hashlib.sha256()
        known = {}
        n, found = 2, 0
        while found < {{28000 * times}}:
            if all(n % p for p in range(2, int(n ** 0.5) + 1)):
                found += 1
                known[n] = found
                digest.update(str(n).encode())
                primes.write('%d\n' % n)
                counter.seek(0)
                counter.write('%08d %s\n' % (found, digest.hexdigest()))
                if found % 50 == 0:
                    primes.flush()
                    counter.flush()
            n += 1
        primes.close()
        counter.close()
        print(found, len(known), digest.hexdigest())
        """;

    internal static string PythonThreads(int times) => $$"""
        import threading, queue
        work, done, lock = queue.Queue(), {}, threading.Lock()
        def one():
            while True:
                n = work.get()
                if n is None:
                    return
                s = 0
                for i in range(20000):
                    s = (s * 31 + n + i) % 1000003
                with lock:
                    done[n] = s
        threads = [threading.Thread(target=one) for _ in range(4)]
        for n in range({{1200 * times}}):
            work.put(n)
        for t in threads:
            work.put(None)
            t.start()
        for t in threads:
            t.join()
        print(len(done), sum(v * k % 7919 for k, v in done.items()))
        """;

    internal static string SqliteMemory(int times) =>
        "create table t(a integer primary key, b text, c real);\n"
        + $"with recursive n(i) as (select 1 union all select i+1 from n where i<{700000 * times}) "
        + "insert into t select i, 'row '||(i*7919%100003), i/3.0 from n;\n"
        + "create index x on t(b);\nselect count(*), sum(a), min(b), max(b), round(sum(c), 3) from t;\n"
        + "pragma integrity_check;\n";

    /// <summary>Many small transactions on a database in a file.</summary>
    internal static string SqliteFile(string journal, int times)
    {
        StringBuilder text = new($"pragma journal_mode={journal};\npragma synchronous=off;\npragma cache_size=20;\n"
            + "create table t(a integer primary key, b text, c integer);\ncreate index x on t(b);\n");
        for (int i = 0; i < 350 * times; i++)
        {
            text.Append(
                $"begin;with recursive n(i) as (select 1 union all select i+1 from n where i<400) "
                + $"insert into t select i+{i * 400}, 'row '||(i*{7919 + i}%100003), {i} from n;"
                + $"update t set c=c+1 where a%{37 + (i % 11)}=0;commit;\n");
        }

        return text.Append("select count(*), sum(a), sum(c), min(b) from t;\npragma integrity_check;\n").ToString();
    }

    /// <summary>Text that compresses, but not for nothing.</summary>
    internal static byte[] Text(int octets)
    {
        byte[] text = new byte[octets];
        uint state = 12345;
        for (int i = 0; i < octets; i++)
        {
            state = (state * 1664525) + 1013904223;
            text[i] = (byte)("etaoin shrdlu\n"[(int)(state >> 28) % 14] + ((state >> 20) % 37 == 0 ? 1 : 0));
        }

        return text;
    }
}
