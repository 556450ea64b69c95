graph [
  DateObtained "17/02/11"
  GeoLocation "Ilvania"
  GeoExtent "Country"
  Network "Ilvania"
  Provenance "Primary"
  Note "An invented network"
  Version "1.0"
  Type "REN"
  Backbone 1
  Commercial 0
  label "Ilvania"
  Customer 1
  IX 0
  DateModifier "="
  DateMonth "02"
  Layer "IP"
  Creator "drawn by hand"
  Developed 1
  Transit 0
  NetworkDate "2011_02"
  DateYear "2011"
  Testbed 0
  node [
    id 0
    label "Osswiton"
    Country "Ilvania"
    Longitude 11.21263
    Internal 1
    Latitude 49.09519
  ]
  node [
    id 1
    label "Wesbesund"
    Country "Ilvania"
    Longitude 17.57512
    Internal 1
    Latitude 64.76256
  ]
  node [
    id 2
    label "Corraby"
    Country "Ilvania"
    Longitude 23.66119
    Internal 1
    Latitude 48.72711
  ]
  node [
    id 3
    label "Ossville"
    Country "Ilvania"
    Longitude 8.24324
    Internal 1
    Latitude 50.23627
  ]
  node [
    id 4
    label "Dunledal"
    Country "Ilvania"
    Longitude 24.90366
    Internal 1
    Latitude 53.44063
  ]
  node [
    id 5
    label "Zandastad"
    Country "Ilvania"
    Longitude 9.53392
    Internal 1
    Latitude 49.93462
  ]
  node [
    id 6
    label "Nordaoria"
    Country "Ilvania"
    Longitude 28.60724
    Internal 1
    Latitude 53.72394
  ]
  node [
    id 7
    label "Kelby"
    Country "Ilvania"
    Longitude 9.38605
    Internal 1
    Latitude 64.50079
  ]
  node [
    id 8
    label "Norbevik"
    Country "Ilvania"
    Longitude 26.83677
    Internal 1
    Latitude 48.06114
  ]
  node [
    id 9
    label "Norford"
    Country "Ilvania"
    Longitude 30.02834
    Internal 1
    Latitude 45.08524
  ]
  node [
    id 10
    label "Garraberg"
    Country "Ilvania"
    Longitude 28.09683
    Internal 1
    Latitude 47.93003
  ]
  node [
    id 11
    label "Ravdamouth"
    Country "Ilvania"
    Longitude 18.51487
    Internal 1
    Latitude 49.35986
  ]
  node [
    id 12
    label "&#381;ilovec"
    Country "Ilvania"
    Longitude 22.92289
    Internal 1
    Latitude 48.19786
  ]
  node [
    id 13
    label "Ivovagrad"
    Country "Ilvania"
    Longitude 24.11904
    Internal 1
    Latitude 61.21141
  ]
  node [
    id 14
    label "Dunvik"
    Country "Ilvania"
    Longitude 29.67492
    Internal 1
    Latitude 50.20929
  ]
  node [
    id 15
    label "Zanradal"
    Country "Ilvania"
    Longitude 27.41902
    Internal 1
    Latitude 47.41925
  ]
  node [
    id 16
    label "Ossmivik"
    Country "Ilvania"
    Longitude 9.36685
    Internal 1
    Latitude 65.83187
  ]
  node [
    id 17
    label "Ulraberg"
    Country "Ilvania"
    Longitude 15.70646
    Internal 1
    Latitude 49.6954
  ]
  node [
    id 18
    label "Ivoradal"
    Country "Ilvania"
    Longitude 12.29315
    Internal 1
    Latitude 51.26751
  ]
  node [
    id 19
    label "Alstaville"
    Country "Ilvania"
    Longitude 17.42793
    Internal 1
    Latitude 60.60785
  ]
  node [
    id 20
    label "&#381;ilovec"
    Country "Ilvania"
    Longitude 15.47519
    Internal 1
    Latitude 50.08097
  ]
  node [
    id 21
    label "Ravraton"
    Country "Ilvania"
    Longitude 7.75667
    Internal 1
    Latitude 51.38654
  ]
  node [
    id 22
    label "Braham"
    Country "Ilvania"
    Longitude 11.09994
    Internal 1
    Latitude 48.61272
  ]
  node [
    id 23
    label "Ulleberg"
    Country "Ilvania"
    Longitude 5.31831
    Internal 1
    Latitude 54.90963
  ]
  node [
    id 24
    label "Jaswiberg"
    Country "Ilvania"
    Longitude 30.0937
    Internal 1
    Latitude 52.79968
  ]
  node [
    id 25
    label "Pelvaoria"
    Country "Ilvania"
    Longitude 7.70709
    Internal 1
    Latitude 46.90494
  ]
  node [
    id 26
    label "Dundaville"
    Country "Ilvania"
    Longitude 16.18781
    Internal 1
    Latitude 60.48457
  ]
  node [
    id 27
    label "Torham"
    Country "Ilvania"
    Longitude 21.90608
    Internal 1
    Latitude 51.03142
  ]
  node [
    id 28
    label "Lomdaby"
    Country "Ilvania"
    Longitude 11.47499
    Internal 1
    Latitude 47.82357
  ]
  node [
    id 29
    label "Falnes"
    Country "Ilvania"
    Longitude 27.19595
    Internal 1
    Latitude 49.46367
  ]
  node [
    id 30
    label "Osswivik"
    Country "Ilvania"
    Longitude 6.24631
    Internal 1
    Latitude 57.06963
  ]
  node [
    id 31
    label "Soldaberg"
    Country "Ilvania"
    Longitude 19.68745
    Internal 1
    Latitude 57.87585
  ]
  node [
    id 32
    label "Jasvadal"
    Country "Ilvania"
    Longitude 27.69044
    Internal 1
    Latitude 57.62526
  ]
  node [
    id 33
    label "Cornes"
    Country "Ilvania"
    Longitude 23.45826
    Internal 1
    Latitude 47.27062
  ]
  node [
    id 34
    label "Ossbemouth"
    Country "Ilvania"
    Longitude 28.00021
    Internal 1
    Latitude 61.00501
  ]
  node [
    id 35
    label "Lommiwald"
    Country "Ilvania"
    Longitude 10.23984
    Internal 1
    Latitude 63.10867
  ]
  node [
    id 36
    label "Holbedal"
    Country "Ilvania"
    Longitude 20.5584
    Internal 1
    Latitude 59.91723
  ]
  node [
    id 37
    label "Tordadal"
    Country "Ilvania"
    Longitude 9.10543
    Internal 1
    Latitude 58.37855
  ]
  node [
    id 38
    label "Corbeton"
    Country "Ilvania"
    Longitude 20.86419
    Internal 1
    Latitude 57.03437
  ]
  node [
    id 39
    label "Aldal"
    Country "Ilvania"
    Longitude 13.01339
    Internal 1
    Latitude 62.22206
  ]
  node [
    id 40
    label "Osstigrad"
    Country "Ilvania"
    Longitude 30.36186
    Internal 1
    Latitude 66.69893
  ]
  node [
    id 41
    label "Dunranes"
    Country "Ilvania"
    Longitude 16.19005
    Internal 1
    Latitude 47.8467
  ]
  node [
    id 42
    label "Dunbeford"
    Country "Ilvania"
    Longitude 6.01511
    Internal 1
    Latitude 59.19703
  ]
  node [
    id 43
    label "Lomdaberg"
    Country "Ilvania"
    Longitude 16.62275
    Internal 1
    Latitude 56.4843
  ]
  node [
    id 44
    label "Vindanes"
    Country "Ilvania"
    Longitude 4.14773
    Internal 1
    Latitude 61.79383
  ]
  node [
    id 45
    label "Altioria"
    Country "Ilvania"
    Longitude 29.48535
    Internal 1
    Latitude 45.48915
  ]
  node [
    id 46
    label "Norbeoria"
    Country "Ilvania"
    Longitude 16.8406
    Internal 1
    Latitude 51.93208
  ]
  node [
    id 47
    label "Vinbeoria"
    Country "Ilvania"
    Longitude 7.57021
    Internal 1
    Latitude 45.85561
  ]
  node [
    id 48
    label "Lomvik"
    Country "Ilvania"
    Longitude 29.12838
    Internal 1
    Latitude 64.28466
  ]
  node [
    id 49
    label "Dunbesund"
    Country "Ilvania"
    Longitude 15.86165
    Internal 1
    Latitude 54.16471
  ]
  node [
    id 50
    label "Pelwiton"
    Country "Ilvania"
    Longitude 27.78233
    Internal 1
    Latitude 64.63425
  ]
  node [
    id 51
    label "Gardaoria"
    Country "Ilvania"
    Longitude 12.12397
    Internal 1
    Latitude 55.26543
  ]
  edge [
    source 0
    target 1
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 1
    target 2
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 2
    target 3
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 3
    target 4
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 4
    target 5
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 5
    target 6
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 6
    target 7
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 7
    target 8
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 8
    target 0
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 0
    target 4
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 1
    target 6
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 2
    target 7
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 3
    target 8
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 0
    target 9
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 0
    target 10
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 0
    target 11
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 0
    target 12
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 1
    target 13
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 1
    target 14
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 1
    target 15
    LinkSpeed "622"
    LinkSpeedUnits "M"
    LinkLabel "622 Mbps"
    LinkSpeedRaw 622000000.0
  ]
  edge [
    source 1
    target 16
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 2
    target 17
  ]
  edge [
    source 2
    target 18
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 2
    target 19
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 2
    target 20
  ]
  edge [
    source 2
    target 21
    LinkSpeed "622"
    LinkSpeedUnits "M"
    LinkLabel "622 Mbps"
    LinkSpeedRaw 622000000.0
  ]
  edge [
    source 3
    target 22
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 3
    target 23
  ]
  edge [
    source 3
    target 24
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 3
    target 25
    LinkSpeed "622"
    LinkSpeedUnits "M"
    LinkLabel "622 Mbps"
    LinkSpeedRaw 622000000.0
  ]
  edge [
    source 4
    target 26
  ]
  edge [
    source 4
    target 27
  ]
  edge [
    source 4
    target 28
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 4
    target 29
  ]
  edge [
    source 4
    target 30
    LinkSpeed "622"
    LinkSpeedUnits "M"
    LinkLabel "622 Mbps"
    LinkSpeedRaw 622000000.0
  ]
  edge [
    source 4
    target 31
  ]
  edge [
    source 5
    target 32
    LinkSpeed "622"
    LinkSpeedUnits "M"
    LinkLabel "622 Mbps"
    LinkSpeedRaw 622000000.0
  ]
  edge [
    source 5
    target 33
  ]
  edge [
    source 5
    target 34
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 5
    target 35
  ]
  edge [
    source 5
    target 36
  ]
  edge [
    source 5
    target 37
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 6
    target 38
  ]
  edge [
    source 6
    target 39
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 6
    target 40
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 6
    target 41
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 7
    target 42
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 7
    target 43
    LinkSpeed "622"
    LinkSpeedUnits "M"
    LinkLabel "622 Mbps"
    LinkSpeedRaw 622000000.0
  ]
  edge [
    source 7
    target 44
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 7
    target 45
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 8
    target 46
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 8
    target 47
    LinkSpeed "155"
    LinkSpeedUnits "M"
    LinkLabel "155 Mbps"
    LinkSpeedRaw 155000000.0
  ]
  edge [
    source 8
    target 48
    LinkSpeed "622"
    LinkSpeedUnits "M"
    LinkLabel "622 Mbps"
    LinkSpeedRaw 622000000.0
  ]
  edge [
    source 8
    target 49
    LinkSpeed "622"
    LinkSpeedUnits "M"
    LinkLabel "622 Mbps"
    LinkSpeedRaw 622000000.0
  ]
  edge [
    source 8
    target 50
  ]
  edge [
    source 8
    target 51
  ]
]
